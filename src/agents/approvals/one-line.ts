/**
 * A model's text on one line, in a form that cannot look like several lines or like another text (CWE-451): a person decides by it
 * whether a tool may run.
 */
export function oneLine(text: string): string {
  return text
    .replace(UNSEEN, (character, joiner?: string) => joiner ?? picture(character))
    .replace(LONG_BLANK, (blank) => `⟨${blank.length} spaces⟩`)
    .replace(MANY_MARKS, (marks) => `⟨${marks.length} marks⟩`);
}

/** A line, or the start of one that is too long with the number of characters left out. */
export function clipped(line: string, max: number): string {
  return line.length <= max ? line : `${line.slice(0, max).toWellFormed()}… (${line.length - max} more characters)`;
}

/**
 * Line breaks, control characters, characters that change the direction of writing, and those without a glyph. The two joiners are kept
 * (the group) in emoji, and between letters of scripts such as Persian and Hindi, which need them.
 */
const UNSEEN =
  /(?<=[[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]])([\u200c\u200d])(?=[[\p{L}\p{Extended_Pictographic}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]])|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gv;
/** Enough blanks could push the text after them to the next line on the screen. Some of these characters count as letters. */
const LONG_BLANK = /[\p{Zs}\u115f\u1160\u2800\u3164\uffa0]{3,}/gu;
/** Many combining marks are drawn on top of each other, and over the lines around. */
const MANY_MARKS = /\p{M}{5,}/gu;

function picture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
