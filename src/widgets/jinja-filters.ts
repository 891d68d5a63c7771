type JinjaFilter = (input: unknown, ...args: unknown[]) => unknown;

/**
 * Filters of Jinja that the engine lacks, or that it lacks for some kinds of value. One that returns undefined leaves the value to
 * the engine's own filter.
 */
export const FILTERS: ReadonlyMap<string, JinjaFilter> = new Map<string, JinjaFilter>(
  Object.entries({
    // Python counts code points, the engine UTF-16 units.
    length: (input) => (typeof input === "string" ? [...input].length : undefined),
    count: (input) =>
      typeof input === "string" ? [...input].length : Array.isArray(input) ? input.length : Object.keys(Object(input)).length,
    default: orDefault,
    d: orDefault,
    e: escaped,
    escape: escaped,
    truncate: (input, length = 255, whole = false, end = "...") => truncated(String(input), Number(length), whole === true, String(end)),
    wordcount: (input) => String(input).match(/\w+/gu)?.length ?? 0,
    batch: (input, size) => (Array.isArray(input) ? chunks(input, Number(size)) : undefined),
    first: (input) => (typeof input === "string" ? [...input][0] : undefined),
    last: (input) => (typeof input === "string" ? [...input].at(-1) : undefined),
    min: (input) => (numbers(input) ? Math.min(...input) : undefined),
    max: (input) => (numbers(input) ? Math.max(...input) : undefined),
    sum: (input, start = 0) => (Array.isArray(input) ? input.reduce((total, next) => total + Number(next), Number(start)) : undefined),
    round: (input, digits = 0, method = "common") => (typeof input === "number" ? rounded(input, Number(digits), method) : undefined),
  } satisfies Record<string, JinjaFilter>),
);

function orDefault(input: unknown, fallback: unknown = "", falsy: unknown = false): unknown {
  return input === undefined || (falsy === true && isFalsy(input)) ? fallback : input;
}

const isFalsy = (input: unknown): boolean => !input || (typeof input === "object" && Object.keys(input).length === 0);

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;" };
function escaped(input: unknown): string {
  return String(input).replace(/[&<>'"]/g, (character) => ENTITIES[character]!);
}

/** As in Jinja, a text that is up to five characters too long (the `leeway`) is left as it is. */
function truncated(input: string, length: number, withinWord: boolean, end: string): string {
  const points = [...input];
  if (points.length <= length + 5) return input;
  const kept = points.slice(0, Math.max(0, length - end.length)).join("");
  const cut = withinWord ? -1 : kept.lastIndexOf(" ");
  return (cut < 0 ? kept : kept.slice(0, cut)) + end;
}

function chunks(input: unknown[], size: number): unknown[][] {
  if (!(size >= 1)) throw new Error("batch needs a size of 1 or more");
  return Array.from({ length: Math.ceil(input.length / size) }, (_, i) => input.slice(i * size, (i + 1) * size));
}

function numbers(input: unknown): input is number[] {
  return Array.isArray(input) && input.length > 0 && input.every((element) => typeof element === "number");
}

function rounded(input: number, digits: number, method: unknown): number {
  const scale = 10 ** digits;
  const scaled = input * scale;
  if (method === "ceil") return Math.ceil(scaled) / scale;
  if (method === "floor") return Math.floor(scaled) / scale;
  const below = Math.floor(scaled);
  // A half is rounded to the even neighbour, as by Python's `round`.
  const nearest = scaled - below === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(scaled);
  return nearest / scale;
}
