/**
 * A model's text on one line, in a form that cannot look like several lines or like another text (CWE-451): a person decides by it
 * whether a tool may run.
 */
export function oneLine(text: string): string {
  return text
    .replace(UNSEEN, (character, ...kept: (string | undefined)[]) => (kept.slice(0, 3).includes(character) ? character : picture(character)))
    .replace(LONG_BLANK, (blank) => `⟨${blank.length} spaces⟩`)
    .replace(MANY_MARKS, (marks) => `⟨${marks.length} marks⟩`);
}

/** A line, or the start of one that is too long with the number of characters left out. */
export function clipped(line: string, max: number): string {
  return line.length <= max ? line : `${line.slice(0, max).toWellFormed()}… (${line.length - max} more characters)`;
}

/**
 * Line breaks, control characters, characters that change the direction of writing, and those without a glyph or with an empty one. Kept
 * (the group) are what scripts and emoji need: the two joiners in emoji and between letters of scripts such as Persian and Hindi, and the
 * selectors of a variant after an emoji or an ideograph.
 */
const UNSEEN =
  /(?<=[[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]])([\u200c\u200d])(?=[[\p{L}\p{Extended_Pictographic}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]])|(?<=[\p{Extended_Pictographic}#*0-9])(\ufe0f)|(?<=\p{sc=Han})([\ufe00-\ufe02\u{e0100}-\u{e01ef}])|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800\u1680\u2000-\u200a\u205f\u{1d159}]/gv;
/** Enough blanks could push the text after them to the next line on the screen. */
const LONG_BLANK = /\p{Zs}{3,}/gu;
/** Many combining marks are drawn on top of each other, and over the lines around. */
const MANY_MARKS = /\p{M}{5,}/gu;

function picture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
