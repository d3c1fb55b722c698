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
  /** A press that begins inside, to mark text, and ends beside it is none beside it. */
  const hasBegunBeside = useRef(false);
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
      onPointerDown={({ target, currentTarget }) => {
        hasBegunBeside.current = target === currentTarget;
      }}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget && hasBegunBeside.current) onClose();
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
