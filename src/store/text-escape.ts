/**
 * JavaScript strings hold two things that a database's text cannot: NUL (PostgreSQL) and halves of surrogate pairs (any UTF-8).
 * They are kept as this mark and four hex digits. The mark is a Unicode noncharacter, which no text is meant to hold; one that does
 * has it escaped like the others, so that no two strings are stored alike.
 */
const MARK = "\ufdd0";
const UNSTORABLE = /[\0\ufdd0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ESCAPED = /\ufdd0([0-9a-f]{4})/g;
/**
 * In JSON text: the mark itself, or any escape, of which those of NUL and of lone surrogates are captured. Escapes are matched
 * whole, for `\\u0000` is a backslash and a word.
 */
const UNSTORABLE_IN_JSON = /\ufdd0|\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/g;

/** UTF-8 holds it as it is: SQLite's text, unlike PostgreSQL's, has no trouble with NUL. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes(MARK);
}

export function escapeText(text: string): string {
  return text.replace(UNSTORABLE, (character) => MARK + character.charCodeAt(0).toString(16).padStart(4, "0"));
}

export function unescapeText(text: string): string {
  return text.includes(MARK) ? text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

/** `escapeText` for every string and key of what JSON.stringify has written: it turns lone surrogates into escapes. */
export function escapeJson(json: string): string {
  if (!json.includes("\\u") && !json.includes(MARK)) return json;
  return json.replace(UNSTORABLE_IN_JSON, (match, hex?: string) => (match === MARK ? `${MARK}fdd0` : hex ? MARK + hex : match));
}

export function unescapeJson(json: string): string {
  return json.includes(MARK) ? json.replace(ESCAPED, "\\u$1") : json;
}
