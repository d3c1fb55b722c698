import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../text/words";
import { Icon } from "./icon";
import "./modal-dialog.css";

interface Props {
  name: string;
  children: ComponentChildren;
  onClose: () => void;
}

/** Something to be decided before the page goes on. Escape, its button and a press beside it close it. */
export function ModalDialog({ name, children, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
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
      class="modal-dialog"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="modal-dialog-body">
        <header>
          <h2 id={id}>{name}</h2>
          <button
            type="button"
            class="mark-button mark-button-small"
            aria-label={t("Close")}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
