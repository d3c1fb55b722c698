import { MessagePanel } from "./message-panel";

interface Props {
  message: string;
  onRetry: () => void;
}

/** A page that could not be loaded. It tries again by itself once a lost server is back. */
export function LoadFailure({ message, onRetry }: Props) {
  return (
    <MessagePanel icon="warning" title="This did not load" isAlert>
      <p>{message}</p>
      <div class="actions">
        <button type="button" class="button button-main" onClick={onRetry}>
          Try again
        </button>
        <a class="button" href="/">
          Home
        </a>
      </div>
    </MessagePanel>
  );
}
