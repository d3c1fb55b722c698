import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { fetchFilterChoices } from "../api";
import { LoadFailure } from "../components/load-failure";
import { LinesSkeleton } from "../components/skeletons";
import { useResource } from "../store/resource";
import { decadeWords, resolutionWords, watchedWords } from "../text/filter-words";
import { formatCount } from "../text/numbers";
import { codecWord, languageName } from "../text/title-words";
import { t } from "../text/words";
import type { Choice, FilterChoices } from "../types";
import { decadeOf, decadesOf, type Filters, RESOLUTIONS, toggled, WATCHED } from "./filters";
import "./filter-panel.css";

interface Props {
  id: string;
  kind: string;
  /** What the page itself is about is not chosen on it. */
  fixed: readonly string[];
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/**
 * Everything a list can be narrowed to, with how many titles each choice has where the list is all of its kind: of
 * another the server does not count them.
 */
export function FilterPanel({ id, kind, fixed, filters, onChange }: Props) {
  const { resource, retry } = useResource(`filters ${kind}`, (signal) => fetchFilterChoices(kind, signal));
  return (
    <section class="filter-panel" id={id} aria-label={t("Filters")}>
      {resource.state === "loading" && <LinesSkeleton lines={2} />}
      {resource.state === "failed" && <LoadFailure message={resource.message} onRetry={retry} />}
      {resource.state === "ready" && (
        <Choices choices={resource.value} fixed={fixed} filters={filters} onChange={onChange} />
      )}
    </section>
  );
}

function Choices({
  choices,
  fixed,
  filters,
  onChange,
}: Omit<Props, "id" | "kind"> & { choices: FilterChoices }) {
  const change = (part: Partial<Filters>) => onChange({ ...filters, ...part });
  const isWhole = fixed.length === 1;
  const counted = (titles: number) => (isWhole ? titles : null);
  const resolutions = RESOLUTIONS.flatMap((value) =>
    choices.resolutions.filter((choice) => choice.value === value).map(({ titles }) => ({ value, titles })),
  );
  return (
    <>
      {!fixed.includes("genre") && (
        <Select
          name={t("Genre")}
          value={filters.genre ?? ""}
          options={choices.genres.map(optionOf((value) => value, isWhole))}
          onChoose={(genre) => change({ genre: genre === "" ? null : genre })}
        />
      )}
      {choices.years !== null && <Years years={choices.years} filters={filters} onChange={onChange} />}
      <Select
        name={t("Audio language")}
        value={filters.language ?? ""}
        options={choices.languages.map(optionOf(languageName, isWhole))}
        onChoose={(language) => change({ language: language === "" ? null : language })}
      />
      <Group name={t("Watched")}>
        {WATCHED.map((value) => (
          <Toggle
            key={value}
            words={watchedWords()[value]}
            titles={counted(choices.watched[value])}
            isOn={filters.watched === value}
            onPress={() => change({ watched: filters.watched === value ? null : value })}
          />
        ))}
      </Group>
      {resolutions.length > 0 && (
        <Group name={t("Resolution")}>
          {resolutions.map(({ value, titles }) => (
            <Toggle
              key={value}
              words={resolutionWords()[value]}
              titles={counted(titles)}
              isOn={filters.resolution.includes(value)}
              onPress={() => change({ resolution: toggled(filters.resolution, value) })}
            />
          ))}
          {choices.hdr > 0 && (
            <Toggle
              words="HDR"
              titles={counted(choices.hdr)}
              isOn={filters.is_hdr}
              onPress={() => change({ is_hdr: !filters.is_hdr })}
            />
          )}
        </Group>
      )}
      {choices.video_codecs.length > 0 && (
        <Group name={t("Video codec")}>
          {choices.video_codecs.map(({ value, titles }) => (
            <Toggle
              key={value}
              words={codecWord(value)}
              titles={counted(titles)}
              isOn={filters.video_codec.includes(value)}
              onPress={() => change({ video_codec: toggled(filters.video_codec, value) })}
            />
          ))}
        </Group>
      )}
      {!fixed.includes("favourite") && (
        <Group name={t("Marked by you")}>
          <Toggle
            words={t("Favourites")}
            titles={counted(choices.favourites)}
            isOn={filters.is_favourite}
            onPress={() => change({ is_favourite: !filters.is_favourite })}
          />
        </Group>
      )}
    </>
  );
}

/** A decade, or any two years. */
function Years({
  years,
  filters,
  onChange,
}: Pick<Props, "filters" | "onChange"> & { years: { min: number; max: number } }) {
  const decade = decadeOf(filters);
  const ownSpan = (filters.year_min !== null || filters.year_max !== null) && decade === null;
  const yearOf = (text: string) => (/^\d{4}$/.test(text) ? Number(text) : null);
  return (
    <fieldset class="filter-group">
      <legend>{t("Years")}</legend>
      <div class="filter-years">
        <select
          class="select"
          aria-label={t("Decade")}
          value={decade === null ? (ownSpan ? "own" : "") : String(decade)}
          onChange={(event) => {
            const first = yearOf(event.currentTarget.value);
            onChange({ ...filters, year_min: first, year_max: first === null ? null : first + 9 });
          }}
        >
          <option value="">{t("Any")}</option>
          {ownSpan && <option value="own">{t("As typed")}</option>}
          {decadesOf(years).map((first) => (
            <option key={first} value={String(first)}>
              {decadeWords(first)}
            </option>
          ))}
        </select>
        <YearField
          name={t("From year")}
          example={years.min}
          value={filters.year_min}
          onYear={(year_min) => onChange({ ...filters, year_min })}
        />
        <span aria-hidden="true">–</span>
        <YearField
          name={t("Until year")}
          example={years.max}
          value={filters.year_max}
          onYear={(year_max) => onChange({ ...filters, year_max })}
        />
      </div>
    </fieldset>
  );
}

interface YearProps {
  name: string;
  /** Shown while nothing is typed. */
  example: number;
  value: number | null;
  onYear: (year: number | null) => void;
}

function YearField({ name, example, value, onYear }: YearProps) {
  // What is being typed is no year yet, and must outlast what is drawn anew meanwhile.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      class="field filter-year"
      inputMode="numeric"
      aria-label={name}
      placeholder={String(example)}
      maxLength={4}
      value={typed ?? value ?? ""}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onChange={(event) => {
        const { value: text } = event.currentTarget;
        setTyped(null);
        if (text === "" || /^\d{4}$/.test(text)) onYear(text === "" ? null : Number(text));
      }}
    />
  );
}

interface SelectProps {
  name: string;
  value: string;
  options: { value: string; words: string }[];
  onChoose: (value: string) => void;
}

function Select({ name, value, options, onChoose }: SelectProps) {
  if (options.length === 0) return null;
  return (
    <label class="filter-group">
      <span>{name}</span>
      <select class="select" value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t("Any")}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    </label>
  );
}

const optionOf =
  (nameOf: (value: string) => string, isCounted: boolean) =>
  ({ value, titles }: Choice) => ({
    value,
    words: isCounted ? `${nameOf(value)} (${formatCount(titles)})` : nameOf(value),
  });

function Group({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <fieldset class="filter-group">
      <legend>{name}</legend>
      <div class="filter-toggles">{children}</div>
    </fieldset>
  );
}

interface ToggleProps {
  words: string;
  /** Null where they are not counted. */
  titles: number | null;
  isOn: boolean;
  onPress: () => void;
}

function Toggle({ words, titles, isOn, onPress }: ToggleProps) {
  return (
    <button type="button" class={isOn ? "chip chip-on" : "chip"} aria-pressed={isOn} onClick={onPress}>
      {words}
      {titles !== null && <small>{formatCount(titles)}</small>}
    </button>
  );
}
