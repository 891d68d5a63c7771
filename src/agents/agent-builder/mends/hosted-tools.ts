import type { SourceText } from "../source/source-text.ts";
import type { Mended } from "./mend.ts";

/** `allowed_domains` of a web search: the SDK drops it without a word, and the search leaves the one site that it should stay on. */
export function mendSearchFilters(source: SourceText): Mended {
  const mended: Mended = { edits: [], defects: [] };
  for (const call of source.code.matchAll(/\bwebSearch(?:Preview)?Tool\s*\(/g)) {
    const open = call.index + call[0].length - 1;
    const given = source.text.slice(open, source.closing(open));
    for (const key of given.matchAll(/(["']?)\ballowed_domains\1(?=\s*:)/g)) {
      const start = open + key.index;
      mended.edits.push({ start, end: start + key[0].length, text: "allowedDomains" });
      const text = "allowed_domains is dropped by the SDK, and the search goes everywhere: read as allowedDomains";
      mended.defects.push({ line: source.lineOf(start), text, isMended: true });
    }
  }
  return mended;
}
