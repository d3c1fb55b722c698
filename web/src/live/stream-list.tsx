import { MessagePanel } from "../components/message-panel";
import { LIVE_STREAMS_SHOWN_MAX } from "../limits";
import { formatRate } from "../text/rate";
import { t, tn } from "../text/words";
import type { Live, Stream } from "../types";
import { bitsPerSecond } from "./measures";

/** Who watches what, and how far the file has been sent. */
export function StreamList({ live }: { live: Live }) {
  const shown = live.streams.toSorted(byName).slice(0, LIVE_STREAMS_SHOWN_MAX);
  const more = live.stream_count - shown.length;
  return (
    <section class="live-streams" aria-labelledby="streams">
      <h2 id="streams">{t("Streams now")}</h2>
      {shown.length === 0 ? (
        <MessagePanel icon="play" title={t("Nothing streams")}>
          <p>{t("Play a film here or in any player, and it appears within a second.")}</p>
          <div class="actions">
            <a class="button" href="/">
              {t("Find something to play")}
            </a>
          </div>
        </MessagePanel>
      ) : (
        <ul>
          {shown.map((stream, index) => (
            // Streams have no identifier; in this order the same one mostly stays where it was.
            <li key={index}>
              <StreamItem stream={stream} />
            </li>
          ))}
        </ul>
      )}
      {shown.length > 0 && more > 0 && (
        <p class="muted">{tn(more, "and {count} stream more", "and {count} streams more")}</p>
      )}
    </section>
  );
}

function StreamItem({ stream }: { stream: Stream }) {
  const { title, file_name, client, position_bytes, size_bytes, bytes_per_second } = stream;
  const share = size_bytes > 0 ? Math.min(1, position_bytes / size_bytes) : 0;
  const percent = Math.round(share * 100);
  return (
    <>
      <p class="stream-name">{title ?? file_name}</p>
      <p class="stream-rate">
        {bytes_per_second === 0 ? t("waiting") : formatRate(bitsPerSecond(bytes_per_second))}
      </p>
      <p class="stream-client">{t("to {client}", { client })}</p>
      <p class="stream-place">{t("{percent} % of the file", { percent })}</p>
      <span class="stream-bar" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
    </>
  );
}

const byName = (a: Stream, b: Stream): number =>
  (a.title ?? a.file_name).localeCompare(b.title ?? b.file_name) ||
  a.file_name.localeCompare(b.file_name) ||
  a.client.localeCompare(b.client);
