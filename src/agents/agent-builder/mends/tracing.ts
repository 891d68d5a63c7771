import type { SourceText } from "../source/source-text.ts";
import type { Mended } from "./mend.ts";

/** The exporter has every run traced at OpenAI; here no trace is sent. There is nothing to change for that. */
export function mendTracing(source: SourceText): Mended {
  const found = /\bwithTrace\s*\(|\btraceMetadata\s*:/.exec(source.code.slice(source.code.indexOf("runWorkflow")));
  if (!found) return { edits: [], defects: [] };
  const line = source.lineOf(source.code.indexOf("runWorkflow") + found.index);
  return { edits: [], defects: [{ line, text: "tracing to OpenAI is off: no run is sent there", isMended: true }] };
}
