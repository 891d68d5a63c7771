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
  const tag = wanted ?? navigator.language;
  if (/^en\b/i.test(tag)) return localeOf(tag, en);
  const { LOCALES } = await import("./locales.ts");
  const found = [tag, tag.split("-")[0]!].find((one) => Object.hasOwn(LOCALES, one));
  return found === undefined ? ENGLISH : localeOf(tag, { ...en, ...LOCALES[found] });
}

function localeOf(tag: string, texts: Texts): Locale {
  const say: Say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));
  return { tag, say, direction: RIGHT_TO_LEFT.test(tag) ? "rtl" : "ltr" };
}
