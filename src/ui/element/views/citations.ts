/** Marks in a text for what it rests on: links that only this element makes and opens. */
import type { Annotation, Source } from "../../../protocol/sources.ts";

const MARK = "chatkit-link://chatkit-source?n=";

/** Each source once, in the order in which the text names them; a mark has the place of its source here. */
export function sourcesOf(annotations: readonly Annotation[]): Source[] {
  return [...new Map(annotations.map(({ source }) => [keyOf(source), source])).values()];
}

function keyOf(source: Source): string {
  if (source.type === "url") return source.url;
  return source.type === "file" ? `file ${source.filename}` : `entity ${source.id}`;
}

/** The Markdown with a mark where each annotation says. One without a place, or in the middle of code, has none: it is listed all the same. */
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

/** A mark in the middle of a word, or of what makes it bold, would tear it apart. */
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
