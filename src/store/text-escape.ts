/**
 * A JavaScript string may hold two things that text in a database cannot: NUL (PostgreSQL) and half a surrogate pair (all UTF-8). Each is
 * stored as this mark and four hex digits. The mark is a Unicode noncharacter, which ordinary text does not contain; if some text does,
 * the mark is escaped in the same way, so that two different strings are never stored as the same text.
 */
const MARK = "\ufdd0";
const UNSTORABLE = /[\0\ufdd0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ESCAPED = /\ufdd0([0-9a-f]{4})/g;
/**
 * In JSON text: the mark, or any escape; those of NUL and lone surrogates are captured. All escapes are matched, so that `\\u0000` is
 * seen as an escaped backslash followed by letters.
 */
const UNSTORABLE_IN_JSON = /\ufdd0|\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/g;

/** Whether SQLite can store the text without escapes: unlike PostgreSQL, it can store NUL. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes(MARK);
}

export function escapeText(text: string): string {
  return text.replace(UNSTORABLE, (character) => MARK + character.charCodeAt(0).toString(16).padStart(4, "0"));
}

export function unescapeText(text: string): string {
  return text.includes(MARK) ? text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

/** `escapeText` for every string and key in JSON text by JSON.stringify, which has already written lone surrogates as escapes. */
export function escapeJson(json: string): string {
  if (!json.includes("\\u") && !json.includes(MARK)) return json;
  return json.replace(UNSTORABLE_IN_JSON, (match, hex?: string) => (match === MARK ? `${MARK}fdd0` : hex ? MARK + hex : match));
}

export function unescapeJson(json: string): string {
  return json.includes(MARK) ? json.replace(ESCAPED, "\\u$1") : json;
}
