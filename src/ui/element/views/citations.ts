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
  const placed = annotations.filter(({ index }) => index !== undefined && index > 0 && index <= text.length && !isInCode(text, index));
  const ordered = placed.toSorted((a, b) => b.index! - a.index!);
  return ordered.reduce((marked, { index, source }) => marked.slice(0, index) + markOf(source, sources) + marked.slice(index), text);
}

function markOf(source: Source, sources: readonly Source[]): string {
  const number = sources.findIndex((one) => keyOf(one) === keyOf(source)) + 1;
  const label = source.type === "entity" ? (source.inline_label ?? source.label ?? source.title) : String(number);
  return `[${label.replace(/([\\[\]*_`<>])/g, "\\$1")}](${MARK}${number})`;
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
