import type { HLJSApi } from "highlight.js";
import { loadLanguage } from "./languages.ts";

/** Text of one kind; `kind` are class names of highlight.js, empty for plain text. */
export type Run = { text: string; kind: string };

const TOKEN = /<span class="([\w -]+)">|<\/span>|&(amp|lt|gt|quot|#x27);|[^<&]+/g;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };
let core: Promise<HLJSApi> | undefined;

/** Loads a language. @returns a function that highlights code in it, synchronously */
export async function highlighter(language: string): Promise<(code: string) => Run[]> {
  core ??= import("highlight.js/lib/core").then((module) => module.default);
  const [hljs, definition] = await Promise.all([core, loadLanguage(language)]);
  if (!hljs.getLanguage(language)) hljs.registerLanguage(language, definition);
  return (code) => runsOf(hljs.highlight(code, { language, ignoreIllegals: true }).value);
}

/** Highlight.js returns HTML of nothing but `<span>` and five entities. Read as runs of text, it need not be parsed as HTML. */
export function runsOf(html: string): Run[] {
  const runs: Run[] = [];
  const open: string[] = [];
  for (const [token, kind, entity] of html.matchAll(TOKEN)) {
    if (kind !== undefined) open.push(kind);
    else if (token === "</span>") open.pop();
    else append(runs, entity ? ENTITIES[entity]! : token, open.join(" "));
  }
  return runs;
}

function append(runs: Run[], text: string, kind: string): void {
  const last = runs.at(-1);
  if (last?.kind === kind) last.text += text;
  else runs.push({ text, kind });
}
