/**
 * Mends: each file finds one kind of defect that Agent Builder's exporter leaves in a workflow, and says how it is repaired. What the
 * team itself has written is never changed.
 */
import type { Edit, SourceText } from "../source/source-text.ts";
import type { Body } from "../source/workflow-body.ts";

/** A defect of the exporter: where it is, what it is, and whether it is repaired. What is not has to be written anew by hand. */
export type Defect = { line: number; text: string; isMended: boolean };

export type Mended = { edits: Edit[]; defects: Defect[] };

/** Replaces all that the pattern finds in code; the answer for a match that is none of these defects is undefined. */
export function replaceAll(source: SourceText, pattern: RegExp, by: (match: RegExpExecArray) => { text: string; told: string } | undefined, within?: Body): Mended {
  const mended: Mended = { edits: [], defects: [] };
  const { start, end } = within ?? { start: 0, end: source.code.length };
  pattern.lastIndex = start;
  for (let match = pattern.exec(source.code); match && match.index < end; match = pattern.exec(source.code)) {
    const made = by(match);
    if (!made) continue;
    mended.edits.push({ start: match.index, end: match.index + match[0].length, text: made.text });
    mended.defects.push({ line: source.lineOf(match.index), text: made.told, isMended: true });
  }
  return mended;
}

export function joined(parts: Mended[]): Mended {
  return { edits: parts.flatMap(({ edits }) => edits), defects: parts.flatMap(({ defects }) => defects) };
}
