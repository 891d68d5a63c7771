import remend from "remend";

/** No more than that is repaired: a longer block is read as it stands until it ends. */
const MOST = 2000;
const CODE = /^ {0,3}(`{3,}|~{3,})/gm;

/** Markdown that has not ended yet, as it would look if it ended here: what is open in its last block is closed, half a link is text. */
export function repaired(source: string): string {
  // Whoever writes at the end of a fence is inside it, and the reader of Markdown closes that by itself.
  if ((source.match(CODE)?.length ?? 0) % 2 === 1) return source.replace(/\n {0,3}(`{1,2}|~{1,2})$/, "\n");
  const start = source.lastIndexOf("\n\n") + 1;
  const last = source.slice(start);
  if (last.length > MOST) return source;
  return source.slice(0, start) + remend(last, { linkMode: "text-only", inlineKatex: false, comparisonOperators: false, singleTilde: false });
}
