/** What the sources say, compared with what is translated: nothing is forgotten, and nothing is left over. */
import ts from "typescript";
import { expect, test } from "vitest";
import { GERMAN } from "./de";
import type { Words } from "./languages";

/** Whole, as they stand in the files. */
const SOURCES: Record<string, string> = import.meta.glob(["../**/*.ts", "../**/*.tsx"], {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Say what they say in every language. */
const NAMES = /^(Spillway|HDR|A–Z|B|kbit\/s|Mbit\/s|Gbit\/s|ms|[^a-z]*(Dolby|VLC).*)$/;

/** Attributes that are shown or read out, of elements and of components of ours. */
const SAID =
  /^(aria-label|aria-valuetext|aria-description|title|alt|placeholder|label|legend|submit|words|name|message)$/;

const SAYING = ["t", "tn", "rich"];

interface Source {
  path: string;
  root: ts.SourceFile;
}

const sources: Source[] = Object.entries(SOURCES)
  .filter(
    ([path]) => !path.endsWith(".test.ts") && !path.endsWith("/de.ts") && !path.endsWith("/api-types.ts"),
  )
  .map(([path, text]) => ({
    path: path.replace("../", ""),
    root: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  }));

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

const placeOf = ({ path, root }: Source, node: ts.Node) =>
  `${path}:${root.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;

const saysOf = (node: ts.Node): string | null =>
  ts.isCallExpression(node) && ts.isIdentifier(node.expression) && SAYING.includes(node.expression.text)
    ? node.expression.text
    : null;

interface Said {
  place: string;
  key: string;
  /** The singular of what is counted. */
  one: string | null;
}

const said: Said[] = [];
const notLiteral: string[] = [];
const tooEarly: string[] = [];

for (const source of sources) {
  if (source.path === "text/words.ts") continue;
  for (const node of nodesOf(source.root)) {
    const how = saysOf(node);
    if (how === null || !ts.isCallExpression(node)) continue;
    const place = placeOf(source, node);
    const texts = node.arguments
      .slice(how === "tn" ? 1 : 0, how === "tn" ? 3 : 1)
      .map((argument) => (ts.isStringLiteralLike(argument) ? argument.text : null));
    const [first, second] = texts;
    if (first == null || (how === "tn" && second == null)) notLiteral.push(place);
    else said.push({ place, key: second ?? first, one: how === "tn" ? first : null });
    if (ts.findAncestor(node, ts.isFunctionLike) === undefined) tooEarly.push(place);
  }
}

const namesIn = (sentence: string) => new Set([...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));

test("what is said stands in the code as it is", () => {
  expect(said.length).toBeGreaterThan(100);
  expect(notLiteral).toEqual([]);
});

test("nothing is said before the language is known", () => {
  expect(tooEarly).toEqual([]);
});

test.each([["de", GERMAN]] as [string, Words][])("%s has exactly what is said", (language, words) => {
  const keys = new Set(said.map(({ key }) => key));
  expect([...keys].filter((key) => words[key] === undefined)).toEqual([]);
  expect(Object.keys(words).filter((key) => !keys.has(key))).toEqual([]);
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
  for (const { key, one, place } of said) {
    const translated = words[key];
    if (translated === undefined) continue;
    if (typeof translated === "string") {
      expect(namesIn(translated), `${place}: ${translated}`).toEqual(namesIn(key));
      if (one !== null) expect(namesIn(one), `${place}: ${translated}`).toEqual(namesIn(key));
      continue;
    }
    expect(one, `${place}: only what is counted has several forms`).not.toBeNull();
    expect(Object.keys(translated).toSorted(), place).toEqual(categories);
    for (const form of Object.values(translated)) {
      const names = namesIn(form);
      // A single one may go without its number.
      if (!namesIn(one ?? "").has("count")) names.delete("count");
      const wanted = namesIn(key);
      if (!namesIn(one ?? "").has("count")) wanted.delete("count");
      expect(names, `${place}: ${form}`).toEqual(wanted);
    }
  }
});

const hasLetters = (text: string) => /\p{L}/u.test(text) && !NAMES.test(text.trim());

/** Text that an expression may come to without having been said by `t`. */
function* unsaidIn(node: ts.Node): Generator<ts.Node> {
  if (ts.isStringLiteralLike(node)) {
    if (hasLetters(node.text)) yield node;
  } else if (ts.isTemplateExpression(node)) {
    if ([node.head, ...node.templateSpans.map(({ literal }) => literal)].some(({ text }) => hasLetters(text)))
      yield node;
    for (const { expression } of node.templateSpans) yield* unsaidIn(expression);
  } else if (ts.isConditionalExpression(node)) {
    yield* unsaidIn(node.whenTrue);
    yield* unsaidIn(node.whenFalse);
  } else if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) yield* unsaidIn(node.right);
    else if (
      [ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.PlusToken].includes(kind)
    ) {
      yield* unsaidIn(node.left);
      yield* unsaidIn(node.right);
    }
  } else if (ts.isParenthesizedExpression(node) || ts.isJsxExpression(node)) {
    if (node.expression !== undefined) yield* unsaidIn(node.expression);
  }
}

/** What is typed as it is. */
const isCode = (node: ts.Node) => ts.isJsxElement(node) && node.openingElement.tagName.getText() === "code";

function unsaidOf(source: Source): string[] {
  const found: ts.Node[] = [];
  for (const node of nodesOf(source.root)) {
    if (ts.isJsxText(node) && hasLetters(node.text) && !isCode(node.parent)) found.push(node);
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) found.push(...unsaidIn(node));
    if (!ts.isJsxAttribute(node) || node.initializer === undefined) continue;
    const element = node.parent.parent.tagName.getText();
    const isNameOfPicture = element === "Icon";
    if (SAID.test(node.name.getText()) && !isNameOfPicture) found.push(...unsaidIn(node.initializer));
  }
  return found.map((node) => `${placeOf(source, node)}: ${node.getText().trim()}`);
}

test("no element and no attribute shows words that are not said by t", () => {
  expect(sources.flatMap(unsaidOf)).toEqual([]);
});

/** More than one word, and a capital first: so a sentence or a label is written, and hardly anything else. */
const SENTENCE = /^\p{Lu}\p{Ll}+[ ,].*\p{L}/u;

test("no sentence stands in the code without being said by t", () => {
  const unsaid = sources.flatMap((source) =>
    [...nodesOf(source.root)]
      .filter((node) => ts.isStringLiteralLike(node) && SENTENCE.test(node.text) && hasLetters(node.text))
      .filter((node) => ts.findAncestor(node, (above) => saysOf(above) !== null) === undefined)
      .map((node) => `${placeOf(source, node)}: ${node.getText()}`),
  );
  expect(unsaid).toEqual([]);
});
