import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import "./control-menu.css";

interface Props {
  label: string;
  /** What the button shows. */
  face: ComponentChildren;
  /** Marks the button: something other than usual is chosen. */
  isOn?: boolean;
  children: ComponentChildren;
}

/**
 * A button that opens choices above itself. Escape, a press elsewhere and the focus going away close them. Arrows
 * move through them as through all of the page; opened by a key, they get the focus.
 */
export function ControlMenu({ label, face, isOn = false, children }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const panelId = useId();
  const [opened, setOpened] = useState<"no" | "byPointer" | "byKey">("no");
  const isOpen = opened !== "no";

  useEffect(() => {
    const element = frame.current;
    if (opened === "no" || element === null) return;
    if (opened === "byKey") {
      const chosen = element.querySelector<HTMLElement>('.control-menu-panel [aria-pressed="true"]');
      (chosen ?? element.querySelector<HTMLElement>(".control-menu-panel button"))?.focus();
    }
    const onPointerDown = ({ target }: PointerEvent) => {
      if (target instanceof Node && !element.contains(target)) setOpened("no");
    };
    const onFocusOut = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && !element.contains(relatedTarget)) setOpened("no");
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (element.contains(document.activeElement)) element.querySelector("button")?.focus();
      setOpened("no");
    };
    addEventListener("pointerdown", onPointerDown);
    element.addEventListener("focusout", onFocusOut);
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("pointerdown", onPointerDown);
      element.removeEventListener("focusout", onFocusOut);
      removeEventListener("keydown", onKeyDown);
    };
  }, [opened]);

  return (
    <div class="control-menu" ref={frame}>
      <button
        type="button"
        class={isOn ? "control-button is-on" : "control-button"}
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        title={label}
        onClick={({ detail }) => setOpened(isOpen ? "no" : detail === 0 ? "byKey" : "byPointer")}
      >
        {face}
      </button>
      {isOpen && (
        <div class="control-menu-panel" id={panelId}>
          {children}
        </div>
      )}
    </div>
  );
}

interface ChoiceProps<Value> {
  legend: string;
  choices: readonly { value: Value; words: string }[];
  chosen: Value;
  onChoose: (value: Value) => void;
  /** Side by side instead of one below the other. */
  isRow?: boolean;
}

/** One of several; the one that holds is pressed. */
export function MenuChoice<Value>({ legend, choices, chosen, onChoose, isRow = false }: ChoiceProps<Value>) {
  return (
    <fieldset class={isRow ? "menu-choice is-row" : "menu-choice"}>
      <legend>{legend}</legend>
      {choices.map(({ value, words }) => (
        <button
          type="button"
          key={`${value}`}
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {words}
        </button>
      ))}
    </fieldset>
  );
}
