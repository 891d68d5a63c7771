import type { Defect } from "./mend.ts";

/** The query of a search that was written with backticks around it: the exporter puts it between two more, and the file is none any more. */
const QUERY = /(\bquery\s*:\s*)``(?!`)([^]*?[^`\\])``(?=\s*[,}])/g;

/** The file's text with such queries as texts; its lines have kept their numbers. */
export function mendQueries(text: string): { text: string; defects: Defect[] } {
  const defects: Defect[] = [];
  const mended = text.replace(QUERY, (_all, key: string, query: string, place: number) => {
    const line = text.slice(0, place).split("\n").length;
    defects.push({ line, text: "the query of the search is between two pairs of backticks: read as a text", isMended: true });
    return `${key}\`${query.replace(/[\\`]|\$\{/g, (found) => `\\${found}`)}\``;
  });
  return { text: mended, defects };
}
