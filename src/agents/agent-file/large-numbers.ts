/** `JSON.rawJSON` and the source that a reviver gets are younger than TypeScript's types. */
const json = JSON as unknown as {
  rawJSON(text: string): object;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

/** The arguments, in which whole numbers that a double cannot hold have the digits that the model wrote. `JSON.stringify` writes them. */
export function withDigits(given: Record<string, unknown>, text: string | undefined): Record<string, unknown> {
  if (text === undefined || !LARGE.test(text)) return given;
  return json.parse(text, (_key, value, { source }) => (isLarge(value) && source !== undefined ? json.rawJSON(source) : value)) as typeof given;
}

/** The arguments for a check against a schema, to which such a number is no whole one. */
export function withSafeNumbers(given: unknown): unknown {
  if (isLarge(given)) return Math.sign(given) * Number.MAX_SAFE_INTEGER;
  if (Array.isArray(given)) return given.map(withSafeNumbers);
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, withSafeNumbers(value)]));
}

const LARGE = /\d{16}/;

function isLarge(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}
