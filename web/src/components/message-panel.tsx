import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";
import "./message-panel.css";

interface Props {
  icon: IconName;
  title: string;
  children: ComponentChildren;
  /** Announced at once by screen readers: for failures, not for empty lists. */
  isAlert?: boolean;
}

/** What stands where content would: nothing found, nothing there yet, or a failure with a way on. */
export function MessagePanel({ icon, title, children, isAlert = false }: Props) {
  return (
    <div class="message-panel" role={isAlert ? "alert" : undefined}>
      <span class="message-panel-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
