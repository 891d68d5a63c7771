type JinjaFilter = (input: unknown, ...args: unknown[]) => unknown;

/**
 * Jinja's filters that the engine has not, or has not for every kind of value. One that answers undefined leaves the value
 * to the engine.
 */
export const FILTERS: ReadonlyMap<string, JinjaFilter> = new Map<string, JinjaFilter>(Object.entries({
  count: (input) => (typeof input === "string" ? [...input].length : Array.isArray(input) ? input.length : Object.keys(Object(input)).length),
  d: (input, fallback = "", falsy = false) => (input === undefined || (falsy === true && isFalsy(input)) ? fallback : input),
  first: (input) => (typeof input === "string" ? [...input][0] : undefined),
  last: (input) => (typeof input === "string" ? [...input].at(-1) : undefined),
  min: (input) => (numbers(input) ? Math.min(...input) : undefined),
  max: (input) => (numbers(input) ? Math.max(...input) : undefined),
  sum: (input, start = 0) => (Array.isArray(input) ? input.reduce((total, next) => total + Number(next), Number(start)) : undefined),
  round: (input, digits = 0, method = "common") => (typeof input === "number" ? rounded(input, Number(digits), method) : undefined),
} satisfies Record<string, JinjaFilter>));

const isFalsy = (input: unknown): boolean => !input || (typeof input === "object" && Object.keys(input).length === 0);

function numbers(input: unknown): input is number[] {
  return Array.isArray(input) && input.length > 0 && input.every((element) => typeof element === "number");
}

function rounded(input: number, digits: number, method: unknown): number {
  const scale = 10 ** digits;
  const scaled = input * scale;
  if (method === "ceil") return Math.ceil(scaled) / scale;
  if (method === "floor") return Math.floor(scaled) / scale;
  const below = Math.floor(scaled);
  // A half goes to the even neighbour, as Python's round does.
  const nearest = scaled - below === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(scaled);
  return nearest / scale;
}
