import { isRecord, type Json } from "../../protocol/json/values.ts";

/**
 * What a model server says of the tokens it used, with numbers as its counts. Some send null or a text there, for which the SDK would
 * refuse the whole answer. Fields that are no counts stay as they are.
 */
export function tokenCounts(usage: Json): Json {
  return entries(usage, (name, value) => {
    if (name.endsWith("_details")) return isRecord(value) ? entries(value, (_, count) => numberIn(count)) : undefined;
    return name.endsWith("_tokens") ? numberIn(value) : value;
  });
}

function entries(of: Json, change: (name: string, value: unknown) => unknown): Json {
  const changed = Object.entries(of).map(([name, value]) => [name, change(name, value)] as const);
  return Object.fromEntries(changed.filter(([, value]) => value !== undefined));
}

function numberIn(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
