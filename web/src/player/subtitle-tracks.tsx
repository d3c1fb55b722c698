import { useEffect, useState } from "preact/hooks";
import { fetchSubtitle } from "../api";
import { SUBTITLE_BYTES_MAX } from "../limits";
import { languageName } from "../text/title-words";
import type { Subtitle } from "../types";
import { srtToVtt } from "./srt-to-vtt";

/** The text subtitles beside a file, as tracks that the player lists. */
export function SubtitleTracks({ subtitles }: { subtitles: Subtitle[] }) {
  return (
    <>
      {subtitles.map((subtitle) => (
        <SubtitleTrack key={subtitle.url} subtitle={subtitle} />
      ))}
    </>
  );
}

function SubtitleTrack({ subtitle }: { subtitle: Subtitle }) {
  const url = useVttUrl(subtitle);
  if (url === null) return null;
  return (
    <track
      kind="subtitles"
      src={url}
      label={labelOf(subtitle)}
      {...(subtitle.language === null ? {} : { srclang: subtitle.language })}
    />
  );
}

/** Many files are told apart by a language code alone; a menu says the language. */
const labelOf = ({ label, language }: Subtitle): string =>
  label === language ? languageName(language) : label;

/** Where the subtitle lies as WebVTT: at the server, or converted here from SubRip. Null while there is none. */
function useVttUrl({ url, format }: Subtitle): string | null {
  const [converted, setConverted] = useState<string | null>(null);

  useEffect(() => {
    if (format !== "srt") return;
    const interest = new AbortController();
    let made: string | null = null;
    fetchSubtitle(url, SUBTITLE_BYTES_MAX, interest.signal).then((outcome) => {
      // Aborted: nobody waits. An error: the film plays on without this track, and the menu does not offer it.
      if (outcome.status !== "success") return;
      made = URL.createObjectURL(new Blob([srtToVtt(outcome.value)], { type: "text/vtt" }));
      setConverted(made);
    });
    return () => {
      interest.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [url, format]);

  if (format === "vtt") return url;
  return converted;
}
