import { CONTROLS_IDLE_MS } from "../limits";

/** Decides when the controls leave the picture alone: a while after the last touch, and never while they are held. */
export class HideTimer {
  #isHidden = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `isHeld`: paused, or somebody is in the midst of using the controls. */
  constructor(
    private readonly isHeld: () => boolean,
    private readonly onChange: (isHidden: boolean) => void,
    private readonly wait_ms: number = CONTROLS_IDLE_MS,
  ) {}

  /** Something moved or was pressed. */
  touch(): void {
    this.#set(false);
    this.#wait();
  }

  /** A finger on the picture: shows what is hidden, hides what is shown. */
  toggle(): void {
    if (this.#isHidden || this.isHeld()) this.touch();
    else this.#set(true);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(): void {
    this.end();
    this.#timer = setTimeout(() => {
      // What holds them may end without a touch.
      if (this.isHeld()) this.#wait();
      else this.#set(true);
    }, this.wait_ms);
  }

  #set(isHidden: boolean): void {
    if (isHidden) this.end();
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    this.onChange(isHidden);
  }
}
