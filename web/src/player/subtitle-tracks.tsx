import { useState } from "preact/hooks";
import { languageName } from "../text/title-words";
import { t } from "../text/words";
import type { Subtitle } from "../types";

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

/** Fetched when it is chosen for the first time; where nothing can be shown of it, its name says so. */
function SubtitleTrack({ subtitle }: { subtitle: Subtitle }) {
  const [isUnreadable, setIsUnreadable] = useState(false);
  const label = labelOf(subtitle);
  return (
    <track
      kind="subtitles"
      src={subtitle.webvtt_url}
      label={isUnreadable ? t("{name} (cannot be read)", { name: label }) : label}
      {...(subtitle.language === null ? {} : { srclang: subtitle.language })}
      onError={({ currentTarget }) => {
        setIsUnreadable(true);
        currentTarget.track.mode = "disabled";
      }}
    />
  );
}

/** Many files are told apart by a language code alone; a menu says the language. */
const labelOf = ({ label, language }: Subtitle): string =>
  label === language ? languageName(language) : label;
