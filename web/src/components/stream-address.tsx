import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../text/words";
import { Icon } from "./icon";
import "./stream-address.css";

/** A file's address for VLC, mpv and other players: to be seen, selected and copied. */
export function StreamAddress({ url }: { url: string }) {
  const address = new URL(url, location.origin).href;
  const [isCopied, setCopied] = useState(false);
  const shown = useRef<HTMLElement>(null);

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = async () => {
    // Browsers offer the clipboard to secure origins only; elsewhere the address is selected, ready to be copied by hand.
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
    } catch {
      if (shown.current !== null) getSelection()?.selectAllChildren(shown.current);
    }
  };

  return (
    <div class="stream-address">
      <code ref={shown}>{address}</code>
      <button type="button" class="button" onClick={copy}>
        <Icon name={isCopied ? "check" : "copy"} />
        <span role="status">{isCopied ? t("Copied") : t("Copy address")}</span>
      </button>
    </div>
  );
}
