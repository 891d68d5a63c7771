import remend from "remend";

/** In characters. A longer last block is not repaired: it is shown as it is until it ends. */
const MOST = 2000;
const CODE = /^ {0,3}(`{3,}|~{3,})/gm;

/** Completes Markdown that is still being written: what is open in its last block is closed, and half a link is shown as text. */
export function repaired(source: string): string {
  // The text ends inside a fence, which the parser closes by itself. Of a closing fence that is half written, nothing is shown.
  if ((source.match(CODE)?.length ?? 0) % 2 === 1) return source.replace(/\n {0,3}(`{1,2}|~{1,2})$/, "\n");
  const start = source.lastIndexOf("\n\n") + 1;
  const last = source.slice(start);
  if (last.length > MOST) return source;
  return source.slice(0, start) + remend(last, { linkMode: "text-only", inlineKatex: false, comparisonOperators: false, singleTilde: false });
}
