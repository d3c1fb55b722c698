/**
 * Every word that the page says. The English sentence stands where it is said, and is the key under which other
 * languages have theirs (de.ts). Where one English word is two in another language, ` #` and a word at its end tell
 * them apart; nobody sees that.
 */
import { language, translations } from "./languages";
import { formatCount } from "./numbers";

/** Names in a sentence's braces. */
type NamesIn<Sentence> = Sentence extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** Numbers are written as counts; years and the like are given as text. */
type Values<Names extends string, Value> = [Names] extends [never] ? [] : [values: Record<Names, Value>];

type Sayable = string | number;

/** `t("Part {part} of {parts}", { part, parts })`. */
export function t<Sentence extends string>(
  sentence: Sentence,
  ...[values]: Values<NamesIn<Sentence>, Sayable>
): string {
  return filled(translated(sentence), values);
}

/** `tn(titles, "{count} title", "{count} titles")`: the form that fits the number, which is `{count}`. */
export function tn<One extends string, Other extends string>(
  count: number,
  one: One,
  other: Other,
  ...[values]: Values<Exclude<NamesIn<One> | NamesIn<Other>, "count">, Sayable>
): string {
  const forms = translations()?.[other] ?? { one, other };
  const category = new Intl.PluralRules(language()).select(count);
  const form = typeof forms === "string" ? forms : (forms[category] ?? forms.other ?? other);
  return filled(form, { ...values, count });
}

/** A sentence with elements for its names: `rich("Start it with {command}.", { command: <code>…</code> })`. */
export function rich<Sentence extends string, Element>(
  sentence: Sentence,
  elements: Record<NamesIn<Sentence>, Element>,
): (string | Element)[] {
  const known: Record<string, Element> = elements;
  // Every second part is a name.
  return translated(sentence)
    .split(BRACED)
    .map((part, index) => (index % 2 === 0 ? part : (known[part] ?? part)));
}

const BRACED = /\{(\w+)\}/;

function translated(sentence: string): string {
  const known = translations()?.[sentence];
  return typeof known === "string" ? known : sentence.replace(/ #\w+$/, "");
}

function filled(sentence: string, values: Record<string, Sayable> | undefined): string {
  if (values === undefined) return sentence;
  return sentence.replace(new RegExp(BRACED, "g"), (braces, name: string) => {
    const value = values[name] ?? braces;
    return typeof value === "number" ? formatCount(value) : value;
  });
}
