/** In characters; longer values are not checked here. */
const LONGEST_VALUE = 256;
const LONGEST_PATTERN = 200;
/** What can take longer than anybody waits: a repeated group that repeats or chooses inside, and many repetitions in a row. */
const NESTED = /\([^()]*([*+{|]|\([^()]*\))[^()]*\)[*+{]/;
const MOST_REPEATS = 4;

/**
 * Whether a value is as a pattern of HTML wants it. The browser would check the same at every letter for as long as it takes; here a
 * pattern that is no pattern, or could take forever, asks for nothing.
 */
export function fits(value: string, pattern: string | undefined): boolean {
  if (pattern === undefined || value === "" || value.length > LONGEST_VALUE || pattern.length > LONGEST_PATTERN) return true;
  const repeats = pattern.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0;
  if (NESTED.test(pattern) || repeats > MOST_REPEATS) return true;
  const whole = compiled(pattern);
  return whole === undefined || whole.test(value);
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, "v");
  } catch {
    return undefined;
  }
}
