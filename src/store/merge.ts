import { isRecord } from "../protocol/json/values.ts";

/**
 * Merges two changed versions of the JSON value `base`: field by field, and element by element where a list has kept its length. Where
 * both have changed the same part, `mine` wins and the merge is not clean.
 */
export function merge<T>(base: T, theirs: T, mine: T): { merged: T; isClean: boolean } {
  let isClean = true;
  const conflict = (value: unknown): unknown => {
    isClean = false;
    return value;
  };
  return { merged: merged(base, theirs, mine, conflict) as T, isClean };
}

function merged(base: unknown, theirs: unknown, mine: unknown, conflict: (mine: unknown) => unknown): unknown {
  if (Bun.deepEquals(mine, theirs) || Bun.deepEquals(mine, base)) return theirs;
  if (Bun.deepEquals(theirs, base)) return mine;
  const all = [base, theirs, mine];
  if (all.every(Array.isArray)) {
    const [before, other, own] = all as unknown[][];
    if (before!.length !== other!.length || before!.length !== own!.length) return conflict(mine);
    return own!.map((value, i) => merged(before![i], other![i], value, conflict));
  }
  if (!all.every(isRecord)) return conflict(mine);
  const [before, other, own] = all as Record<string, unknown>[];
  const names = new Set([...Object.keys(other!), ...Object.keys(own!)]);
  const fields = [...names].map((name) => [name, merged(before![name], other![name], own![name], conflict)]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
