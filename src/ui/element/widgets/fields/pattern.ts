/** In characters; longer values are not checked. */
const LONGEST_VALUE = 256;
const LONGEST_PATTERN = 200;
/** Patterns that may take exponential time: a repeated group with a repetition or a choice inside, or many repetitions in a row. */
const NESTED = /\([^()]*([*+{|]|\([^()]*\))[^()]*\)[*+{]/;
const MOST_REPEATS = 4;

/**
 * Whether a value matches an HTML `pattern`. The browser would check it at each keystroke, however long that takes; here a pattern that is
 * invalid or may be slow is ignored.
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
