import { expect, test } from "bun:test";
import { escapeJson, escapeText, isStorable, unescapeJson, unescapeText } from "../../src/store/text-escape.ts";

/** Every string of up to four of the characters that matter. */
function* strings(): Generator<string> {
  const characters = ["", "a", "\\", "u0000", "\0", "\ud83d", "\ude00", "\ufdd0", '"', "0000"];
  for (const a of characters) for (const b of characters) for (const c of characters) for (const d of characters) yield a + b + c + d;
}

const isWellFormedText = (text: string) => text.isWellFormed() && !text.includes("\0");

test("any text comes back from its escape, which UTF-8 without NUL can hold, and no two are escaped alike", () => {
  const seen = new Map<string, string>();
  for (const text of strings()) {
    const escaped = escapeText(text);
    expect(isWellFormedText(escaped)).toBe(true);
    expect(unescapeText(escaped)).toBe(text);
    expect(seen.get(escaped) ?? text).toBe(text);
    seen.set(escaped, text);
  }
});

test("JSON's strings and keys are escaped like text, and come back", () => {
  for (const text of strings()) {
    const json = JSON.stringify({ [text]: [text] });
    const escaped = escapeJson(json);
    const [[key, value]] = Object.entries(JSON.parse(escaped)) as [[string, [string]]];
    expect([key, value[0]]).toEqual([escapeText(text), escapeText(text)]);
    expect(JSON.parse(unescapeJson(escaped))).toEqual({ [text]: [text] });
  }
});

test("ordinary text is stored as it is", () => {
  for (const text of ["plain", "ünïcödé 😀", "\\u0000 spelled out", "\u0001\n"]) {
    expect(escapeText(text)).toBe(text);
    expect(escapeJson(JSON.stringify(text))).toBe(JSON.stringify(text));
    expect(isStorable(text)).toBe(true);
  }
});
