import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../components/icon";
import { t } from "../text/words";
import { capWords, keyMap } from "./keyboard";
import "./keyboard-dialog.css";

/** All keys and what they do. Escape, its button and a press beside it close it; the browser keeps the focus inside. */
export function KeyboardDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Closed, it gives the focus back to where it was.
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: by keys it is closed with Escape.
    <dialog
      ref={dialog}
      class="keyboard-dialog"
      aria-labelledby="keyboard-dialog-name"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="keyboard-dialog-body">
        <header>
          <h2 id="keyboard-dialog-name">{t("Keys")}</h2>
          <button type="button" class="control-button" aria-label={t("Close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {keyMap().map(({ name, rows }) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {rows.map(({ words, caps }) => (
                <div key={words}>
                  <dt>{words}</dt>
                  <dd>
                    {caps.map((cap) => (
                      <kbd key={cap}>{capWords(cap)}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
