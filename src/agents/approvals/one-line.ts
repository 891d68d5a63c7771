/**
 * Text of a model's on one line that cannot pass for several, nor for another text (CWE-451): the person who reads it decides by it
 * whether something is done.
 */
export function oneLine(text: string): string {
  return text
    .replace(UNSEEN, (character, joiner?: string) => joiner ?? picture(character))
    .replace(LONG_BLANK, (blank) => `⟨${blank.length} spaces⟩`)
    .replace(MANY_MARKS, (marks) => `⟨${marks.length} marks⟩`);
}

/** The start of a line that is too long, and how much of it is missing. */
export function clipped(line: string, max: number): string {
  return line.length <= max ? line : `${line.slice(0, max).toWellFormed()}… (${line.length - max} more characters)`;
}

/**
 * Line breaks, controls, what turns the direction of writing, and what has no glyph. The two joiners stay, in a group, where scripts such
 * as Persian and Hindi cannot be written without them, and in emoji.
 */
const UNSEEN =
  /(?<=[[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]])([\u200c\u200d])(?=[[\p{L}\p{Extended_Pictographic}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]])|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gv;
/** Would push what follows to the start of the next line as it is drawn. Some of these count as letters. */
const LONG_BLANK = /[\p{Zs}\u115f\u1160\u2800\u3164\uffa0]{3,}/gu;
/** Drawn over each other, and then over the lines around. */
const MANY_MARKS = /\p{M}{5,}/gu;

function picture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
