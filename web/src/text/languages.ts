/** Languages that the page speaks. English stands in the code; every other one is a file that is fetched. */

/** By the English sentence; where a number decides, one form for each of the language's plural categories. */
export type Words = Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>;

interface About {
  direction: "ltr" | "rtl";
  /** Null for the language of the code. */
  fetchWords: (() => Promise<Words>) | null;
}

export const LANGUAGES = {
  en: { direction: "ltr", fetchWords: null },
  de: { direction: "ltr", fetchWords: async () => (await import("./de")).GERMAN },
} as const satisfies Record<string, About>;

export type Language = keyof typeof LANGUAGES;

let current: Language = "en";
let words: Words | null = null;

/** As `Intl` and the document take it. */
export const language = (): Language => current;

/** Null where the page speaks as the code does. */
export const translations = (): Words | null => words;

/** The first wished language that the page speaks, whatever its country; English where there is none. */
export function languageFor(wished: readonly string[]): Language {
  const known = Object.keys(LANGUAGES) as Language[];
  for (const tag of wished) {
    const found = known.find((language) => language === tag.split("-")[0]?.toLowerCase());
    if (found !== undefined) return found;
  }
  return "en";
}

/** Everything that is said from now on is said in `language`; in English if its words cannot be fetched. */
export async function speak(language: Language): Promise<void> {
  const { fetchWords } = LANGUAGES[language];
  try {
    words = fetchWords === null ? null : await fetchWords();
    current = language;
  } catch {
    // The server is away, or has become a newer one with other files. What is shown says so.
  }
}
