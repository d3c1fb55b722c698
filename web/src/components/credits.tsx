import { Fragment } from "preact";
import { formatList } from "../text/numbers";
import { formatDate } from "../text/time";
import { t } from "../text/words";
import type { Person, TitleDetail } from "../types";
import "./credits.css";

/** Who made a title, each a way to what else they made, and what else was told about it. */
export function Credits({ title }: { title: TitleDetail }) {
  const of = (kind: Person["kind"]) => title.people.filter((person) => person.kind === kind);
  const cast = of("actor");
  const makers: [string, Person[]][] = [
    [t("Directed by"), of("director")],
    [t("Written by"), of("writer")],
  ];
  const facts: [string, string][] = [
    [t("Studio"), formatList(title.studios)],
    [t("Original title"), title.original_name === title.name ? "" : (title.original_name ?? "")],
    [t("Released"), title.premiered === null ? "" : formatDate(title.premiered)],
  ];
  const hasFacts = makers.some(([, people]) => people.length > 0) || facts.some(([, text]) => text !== "");
  if (cast.length === 0 && !hasFacts) return null;
  return (
    <section class="title-page-section" aria-labelledby="credits">
      <h2 id="credits">{t("Cast and credits")}</h2>
      {cast.length > 0 && (
        <ul class="cast">
          {cast.map(({ name, role }) => (
            <li key={`${name} ${role}`}>
              <a href={personPath(name)}>
                <span class="cast-initials" aria-hidden="true">
                  {initials(name)}
                </span>
                <span class="cast-words">
                  <strong>{name}</strong>
                  {role !== "" && <span class="muted">{role}</span>}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {hasFacts && (
        <dl class="credits">
          {makers
            .filter(([, people]) => people.length > 0)
            .map(([label, people]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  {people.map(({ name }, index) => (
                    <Fragment key={name}>
                      {index > 0 && ", "}
                      <a href={personPath(name)}>{name}</a>
                    </Fragment>
                  ))}
                </dd>
              </div>
            ))}
          {facts
            .filter(([, text]) => text !== "")
            .map(([label, text]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{text}</dd>
              </div>
            ))}
        </dl>
      )}
    </section>
  );
}

const personPath = (name: string) => `/person/${encodeURIComponent(name)}`;

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return [words.at(0), words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("");
}
