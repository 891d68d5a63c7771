import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";

const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
/** A number followed by words, as between two prices: not a formula. */
const PRICE = /^\d.*\s[a-z]{3,}\s/i;

/** Formulas as models write them: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` in lines of their own. Tokens `math_inline` and `math_block`. */
export function addMath(parser: MarkdownIt): void {
  parser.inline.ruler.before("escape", "math_inline", inlineMath);
  parser.block.ruler.before("fence", "math_block", blockMath, { alt: ["paragraph", "blockquote", "list"] });
}

function inlineMath(state: StateInline, silent: boolean): boolean {
  const first = state.src.charCodeAt(state.pos);
  if (first !== DOLLAR && first !== BACKSLASH) return false;
  const found = first === DOLLAR ? inDollars(state.src, state.pos) : inBackslashes(state.src, state.pos);
  if (!found) return false;
  if (!silent) {
    const token = state.push("math_inline", "math", 0);
    token.content = found.tex;
    token.markup = found.display ? "block" : "";
  }
  state.pos = found.end;
  return true;
}

type Formula = { tex: string; end: number; display?: boolean };

/** Pandoc's rule, which leaves prices alone: no space just inside the dollar signs, and no digit after the closing one. */
function inDollars(src: string, at: number): Formula | undefined {
  const double = src.startsWith("$$", at);
  const open = double ? 2 : 1;
  const end = src.indexOf(double ? "$$" : "$", at + open);
  const tex = src.slice(at + open, end);
  if (end < 0 || tex.trim() === "") return undefined;
  if (double) return { tex, end: end + 2, display: true };
  if (/^\s|[\s\\]$|`/.test(tex) || PRICE.test(tex) || /\d/.test(src[end + 1] ?? "") || tex.length > 1000) return undefined;
  return { tex, end: end + 1 };
}

function inBackslashes(src: string, at: number): Formula | undefined {
  const kind = src[at + 1];
  if (kind !== "(" && kind !== "[") return undefined;
  const end = src.indexOf(kind === "(" ? "\\)" : "\\]", at + 2);
  return end < 0 ? undefined : { tex: src.slice(at + 2, end), end: end + 2, display: kind === "[" };
}

/** An unclosed formula extends to the end of the text, as a code fence does: while the text streams, it is still being written. */
function blockMath(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const first = lineOf(state, startLine);
  const open = first.startsWith("$$") ? "$$" : first.startsWith("\\[") ? "\\[" : "";
  if (open === "" || state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const close = open === "$$" ? "$$" : "\\]";
  const lines = [first.slice(2)];
  let line = startLine;
  while (!lines.at(-1)!.includes(close) && line + 1 < endLine) lines.push(lineOf(state, ++line));
  const [tex, after] = split(lines.join("\n"), close);
  // With text after it on its line it is part of a paragraph.
  if (after.trim() !== "") return false;
  if (silent) return true;
  const token = state.push("math_block", "math", 0);
  token.content = tex;
  token.map = [startLine, line + 1];
  state.line = line + 1;
  return true;
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]!);
}

function split(text: string, at: string): [before: string, after: string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + at.length)];
}
