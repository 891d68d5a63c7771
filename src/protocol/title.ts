/** In code points. A title is a line in a list. */
export const MAX_TITLE_LENGTH = 512;

/** A title from a model or a hook, cut to the limit between two characters as a person sees them (grapheme clusters). */
export function cutTitle(title: string): string {
  if (title.length <= MAX_TITLE_LENGTH) return title;
  let length = 0;
  // Only the start is segmented, since the title may be as long as a book.
  for (const { segment, index } of graphemes().segment(title.slice(0, 4 * MAX_TITLE_LENGTH))) {
    length += [...segment].length;
    if (length > MAX_TITLE_LENGTH) return index > 0 ? title.slice(0, index) : [...segment].slice(0, MAX_TITLE_LENGTH).join("");
  }
  return title;
}

let segmenter: Intl.Segmenter | undefined;
const graphemes = () => (segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" }));
