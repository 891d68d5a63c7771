/** Citation marks: links that only this element creates and opens. */
import type { Annotation, Source } from "../../../protocol/sources.ts";

const MARK = "chatkit-link://chatkit-source?n=";

/** Each source once, in the order of the annotations. The number in a mark is the source's place in this list, from 1. */
export function sourcesOf(annotations: readonly Annotation[]): Source[] {
  return [...new Map(annotations.map(({ source }) => [keyOf(source), source])).values()];
}

function keyOf(source: Source): string {
  if (source.type === "url") return source.url;
  return source.type === "file" ? `file ${source.filename}` : `entity ${source.id}`;
}

/** Inserts a mark at each annotation's index. Without an index, or inside code, there is no mark: the source is only listed. */
export function withMarks(text: string, annotations: readonly Annotation[], sources: readonly Source[]): string {
  const placed = annotations.flatMap(({ index = 0, source }) => (index > 0 && index <= text.length ? [{ at: endOfWord(text, index), source }] : []));
  const ordered = placed.filter(({ at }) => !isInCode(text, at)).toSorted((a, b) => b.at - a.at);
  return ordered.reduce((marked, { at, source }) => marked.slice(0, at) + markOf(source, sources) + marked.slice(at), text);
}

function markOf(source: Source, sources: readonly Source[]): string {
  const number = sources.findIndex((one) => keyOf(one) === keyOf(source)) + 1;
  const label = source.type === "entity" ? (source.inline_label ?? source.label ?? source.title) : String(number);
  return `[${label.replace(/([\\[\]*_`<>])/g, "\\$1")}](${MARK}${number})`;
}

/** Moves a mark to the end of its word: in the middle it would split the word, or its `**`. */
function endOfWord(text: string, index: number): number {
  const word = /[\p{L}\p{N}*_`]+/uy;
  word.lastIndex = index;
  return word.test(text) ? word.lastIndex : index;
}

/** Between fences, or between single backticks of its line. */
function isInCode(text: string, index: number): boolean {
  const before = text.slice(0, index);
  if ((before.match(/^\s*(```|~~~)/gm)?.length ?? 0) % 2 === 1) return true;
  return ((before.slice(before.lastIndexOf("\n") + 1).match(/`/g)?.length ?? 0) % 2) === 1;
}

/** The source that a mark leads to; undefined for any other link. */
export function markedSource(href: string, sources: readonly Source[]): Source | undefined {
  return href.startsWith(MARK) ? sources[Number(href.slice(MARK.length)) - 1] : undefined;
}
