/** Characters of Unicode's private area, one for each mark: text that Markdown's rules leave alone. */
const FIRST = 0xe000;
const ANY = /[\ue000-\uf8ff]/g;

type Marks = ReadonlyMap<number, unknown>;

/** The text with a character in the place of each mark. What it has of such characters itself is dropped. */
export function withMarks(text: string, marks: Marks): string {
  let marked = "";
  let from = 0;
  inOrder(marks).forEach(([at], index) => {
    marked += text.slice(from, at).replace(ANY, "") + String.fromCharCode(FIRST + index);
    from = at;
  });
  return marked + text.slice(from).replace(ANY, "");
}

/** What is said, without the places of marks. */
export function withoutMarks(text: string, marks: Marks): string {
  return marks.size === 0 ? text : text.replace(ANY, "");
}

/** The text's pieces and the marks between them. */
export function spread(text: string, marks: Marks): unknown {
  if (marks.size === 0) return text;
  const found = text.match(ANY);
  if (!found) return text;
  const ordered = inOrder(marks);
  return text.split(ANY).flatMap((piece, index) => (index === 0 ? [piece] : [ordered[found[index - 1]!.charCodeAt(0) - FIRST]?.[1], piece]));
}

function inOrder(marks: Marks): [number, unknown][] {
  return [...marks].filter(([at]) => at >= 0).sort(([a], [b]) => a - b).slice(0, 0xf8ff - FIRST);
}
