/** A stretch of Markdown that is parsed by itself: only the targets of links may be defined outside of it. */
export type Part = { source: string };

/** In characters, as all sizes here: after so many a part ends at the next line with which a new block begins for certain. */
const ENOUGH = 1024;
/** After so many it ends at the next blank line or item of a list, too. */
const MUCH = 8192;
/** A longer part is cut anywhere. */
const TOO_MUCH = 16_384;
/** The same for code and formulas, which are parsed quickly and look bad in two pieces. */
const TOO_MUCH_FENCED = 524_288;
const FENCE = /^ {0,3}(`{3,}|~{3,}|\$\$|\\\[)/;
/** A line that, after a blank one, continues no block above it: it is no list item, quote, table row, indented text or markup. */
const FRESH_START = /^(?![\d<>*+|:-])\S/;
const ITEM = /^([*+-]|\d+[.)])[ \t]/;

/**
 * Cuts Markdown into parts, as many as it takes to hold its first `length` characters. `known` are the parts of an earlier, shorter
 * version of the text: all but the last, which may have grown, are returned as the same objects.
 */
export function cutIntoParts(text: string, known: readonly Part[] = [], length = Infinity): Part[] {
  const parts = known.slice(0, -1);
  let start = parts.reduce((sum, part) => sum + part.source.length, 0);
  while (start < Math.min(text.length, length)) {
    const end = endOfPart(text, start);
    parts.push({ source: text.slice(start, end) });
    start = end;
  }
  return parts;
}

/** Where the part that begins at `start` ends. */
function endOfPart(text: string, start: number): number {
  let fence = "";
  let wasBlank = false;
  let at = start;
  while (at < text.length) {
    const size = at - start;
    const lineEnd = text.indexOf("\n", at) + 1 || text.length;
    const line = text.slice(at, Math.min(lineEnd, at + LOOK));
    if (fence === "" && size >= ENOUGH && (size < MUCH ? wasBlank && FRESH_START.test(line) : wasBlank || ITEM.test(line))) return at;
    if (size > 0 && lineEnd - start > mostIn(fence)) return at;
    fence = fenceAfter(fence, line);
    if (size === 0 && lineEnd - start > mostIn(fence)) return start + mostIn(fence);
    wasBlank = line.trim() === "";
    at = lineEnd;
  }
  return at;
}

const mostIn = (fence: string) => (fence === "" ? TOO_MUCH : TOO_MUCH_FENCED);

/** The fence that is still open after the line; empty if none is. */
function fenceAfter(open: string, line: string): string {
  const mark = FENCE.exec(line)?.[1] ?? "";
  if (open === "") return CLOSED_ON_ITS_LINE.test(line) ? "" : mark;
  if (open === "\\[") return line.includes("\\]") ? "" : open;
  if (open === "$$") return line.includes("$$") ? "" : open;
  return mark[0] === open[0] && mark.length >= open.length && line.trim() === mark ? "" : open;
}

/** So much of each line is examined. */
const LOOK = 1024;
const CLOSED_ON_ITS_LINE = /^ {0,3}(\$\$.*\$\$|\\\[.*\\\])/;
