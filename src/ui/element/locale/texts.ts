/** The element's own texts in the language of who reads them. What the page or the server says is never translated here. */
import en from "./en.json" with { type: "json" };

type Texts = typeof en;
type TextKey = keyof Texts;

/** Returns a text with its placeholders filled in. */
export type Say = (key: TextKey, values?: Record<string, string | number>) => string;

export type Locale = { tag: string; say: Say; direction: "ltr" | "rtl" };

const RIGHT_TO_LEFT = /^(ar|fa|he|ps|ur|yi)\b/;

export const ENGLISH: Locale = localeOf("en", en);

/** The texts of the language that is asked for, or else of the browser's; of English where there are none. */
export async function findLocale(wanted: string | undefined): Promise<Locale> {
  const tag = canonical(wanted ?? navigator.language);
  if (tag === undefined) return ENGLISH;
  if (/^en\b/.test(tag)) return localeOf(tag, en);
  // Without the file the chat works as well.
  const { LOCALES } = await import("./locales.ts").catch(() => ({ LOCALES: {} as Record<string, Record<string, string>> }));
  const found = [tag, tag.split("-")[0]!].find((one) => Object.hasOwn(LOCALES, one));
  return found === undefined ? ENGLISH : localeOf(tag, { ...en, ...LOCALES[found] });
}

/** `de_DE` and `DE-de`, as other systems write it, are `de-DE`; undefined for what is no language, which the browser's own formats would throw at. */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag.replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}

function localeOf(tag: string, texts: Texts): Locale {
  const say: Say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));
  return { tag, say, direction: RIGHT_TO_LEFT.test(tag) ? "rtl" : "ltr" };
}
