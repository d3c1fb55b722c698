import { useState } from "preact/hooks";
import { thumbnailUrl } from "../api";
import { formatPosition } from "../text/time";
import { withWidth } from "../text/title-pictures";
import { t } from "../text/words";
import type { Chapter, FileDetail } from "../types";
import { Icon } from "./icon";
import "./chapter-row.css";

interface Props {
  titleId: string;
  file: FileDetail;
}

/** The chapters of a film, each with a picture of its beginning, leading into the film there. */
export function ChapterRow({ titleId, file }: Props) {
  return (
    <section class="chapter-row" aria-labelledby="chapters">
      <h2 id="chapters">{t("Chapters")}</h2>
      <ol data-track="chapters">
        {file.chapters.map((chapter, index) => (
          <li key={chapter.start_ms}>
            <a
              class="chapter"
              href={`/watch/${encodeURIComponent(titleId)}?file=${encodeURIComponent(file.id)}&at=${chapter.start_ms}`}
            >
              <ChapterPicture fileId={file.id} chapter={chapter} />
              <span class="chapter-name">
                {chapter.name === "" ? t("Chapter {number}", { number: index + 1 }) : chapter.name}
              </span>
              <span class="muted">{formatPosition(chapter.start_ms)}</span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A little after the beginning, where a film has often just gone black. Pictures are made when they come near. */
const INTO_MS = 2_000;

function ChapterPicture({ fileId, chapter }: { fileId: string; chapter: Chapter }) {
  const [hasFailed, setFailed] = useState(false);
  const { start_ms, end_ms } = chapter;
  const into_ms = end_ms === null ? INTO_MS : Math.min(INTO_MS, (end_ms - start_ms) / 2);
  const url = thumbnailUrl(fileId, start_ms + into_ms);
  return (
    <span class="chapter-picture">
      {hasFailed ? (
        <Icon name="film" />
      ) : (
        <img
          srcset={[160, 320, 640].map((width) => `${withWidth(url, width)} ${width}w`).join(", ")}
          sizes="14rem"
          src={withWidth(url, 320)}
          loading="lazy"
          decoding="async"
          alt=""
          onError={() => setFailed(true)}
        />
      )}
    </span>
  );
}
