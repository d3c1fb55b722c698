import { canPlayHere } from "../player/can-play-here";
import { formatList } from "../text/numbers";
import {
  codecWord,
  containerWord,
  formatBytes,
  hdrWord,
  languageName,
  resolutionBadge,
} from "../text/title-words";
import { t, tn } from "../text/words";
import type { FileDetail, MediaFile, Track } from "../types";
import { Icon } from "./icon";
import { StreamAddress } from "./stream-address";
import "./file-card.css";

interface Props {
  file: MediaFile;
  detail: FileDetail | null;
}

/** One file of a title: whether it plays here, its address for other players, and what is inside it. */
export function FileCard({ file, detail }: Props) {
  const playability = canPlayHere(file);
  const words = [
    containerWord(file.container),
    resolutionBadge(file),
    file.hdr === null ? null : hdrWord(file.hdr),
    formatBytes(file.size_bytes),
  ].filter((word) => word !== null);
  const hasTracks = detail !== null && detail.tracks.length > 0;
  return (
    <div class="file-card">
      <h3>
        {file.file_name}
        {file.edition !== null && <span class="badge">{file.edition}</span>}
        {file.part !== null && <span class="badge">{t("Part {part}", { part: file.part })}</span>}
      </h3>
      <p class="muted">{words.join(" · ")}</p>
      <p class={`file-card-verdict file-card-${playability.verdict}`}>
        <Icon name={playability.verdict === "plays" ? "check" : "info"} />
        <span>
          {playability.verdict === "plays"
            ? t("Plays in this browser, as it is.")
            : `${playability.reason} ${t("VLC, mpv and most television players open it by its address:")}`}
        </span>
      </p>
      <StreamAddress url={file.url} />
      {detail?.findings.map((finding) => (
        <p class="file-card-verdict file-card-cannot" key={finding}>
          <Icon name="warning" />
          <span>{finding}</span>
        </p>
      ))}
      {hasTracks && (
        <details>
          <summary>{t("Tracks")}</summary>
          <Tracks tracks={detail.tracks} name={file.file_name} />
        </details>
      )}
    </div>
  );
}

function Tracks({ tracks, name }: { tracks: Track[]; name: string }) {
  return (
    <div class="tracks-frame">
      <table class="tracks">
        <caption class="visually-hidden">{t("Tracks of {name}", { name })}</caption>
        <thead>
          <tr>
            <th scope="col">{t("Track")}</th>
            <th scope="col">{t("Codec")}</th>
            <th scope="col">{t("Language")}</th>
            <th scope="col">{t("Details")}</th>
          </tr>
        </thead>
        <tbody>
          {tracks.map((track) => (
            <tr key={track.number}>
              <th scope="row">{trackWord(track.kind)}</th>
              <td>
                {codecWord(track.codec)}
                {track.codec_string !== null && <code>{track.codec_string}</code>}
              </td>
              <td>{track.kind === "video" && track.language === null ? "" : languageName(track.language)}</td>
              <td>{trackDetails(track)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function trackWord(kind: Track["kind"]): string {
  switch (kind) {
    case "video":
      return t("Video");
    case "audio":
      return t("Audio");
    case "subtitle":
      return t("Subtitle");
    default:
      return t("Other");
  }
}

function trackDetails(track: Track): string {
  const words = [
    track.name,
    track.width !== null && track.height !== null ? `${track.width} × ${track.height}` : null,
    track.hdr === null ? null : hdrWord(track.hdr),
    track.channels === null ? null : channelWords(track.channels),
    track.is_default ? t("default") : null,
    track.is_forced ? t("forced") : null,
  ];
  return formatList(words.filter((word): word is string => word !== null && word !== ""));
}

function channelWords(channels: number): string {
  const known: Record<number, string> = { 1: t("mono"), 2: t("stereo"), 6: "5.1", 8: "7.1" };
  return known[channels] ?? tn(channels, "{count} channel", "{count} channels");
}
