import { snakeCase, type Row } from "./tables.ts";

/** Columns that may hold a whole object, as it is or as the value of a key that says what it is. */
const WHOLE = ["data", "payload", "json", "body", "value", "object", "thread", "item", "attachment", "message", "blob", "doc", "document", "content_json", "raw"];
const WRAPPERS = ["thread", "item", "attachment", "message", "data", "value"];

/** What a row says: the object in one of its columns, with what other columns say beside it; or the columns themselves. */
export function objectOf(row: Row): Record<string, unknown> {
  const values = Object.fromEntries(Object.entries(row).map(([name, value]) => [snakeCase(name), parsed(value)]));
  const whole = WHOLE.map((name) => values[name]).find((value) => isObject(value) && !isPart(value));
  if (whole === undefined) return values;
  const inner = WRAPPERS.map((name) => (whole as Row)[name]).find((value) => isObject(value) && ("id" in value || "type" in value));
  const given = (inner ?? whole) as Row;
  return { ...values, ...given };
}

/** A message's content in a column `data` is no object of its own. */
function isPart(value: unknown): boolean {
  return isObject(value) && !("id" in value) && !("thread_id" in value) && !WRAPPERS.some((name) => isObject(value[name])) && "text" in value;
}

/** JSON in a column of text, also where it was made a text twice; any other value as it is. */
function parsed(value: unknown): unknown {
  if (value instanceof Uint8Array) return parsed(new TextDecoder().decode(value));
  if (typeof value !== "string" || !/^\s*(?:[[{]|"\s*[[{])/.test(value)) return value;
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === "string" ? parsed(read) : read;
  } catch {
    return value;
  }
}

/** Whether a column that should hold an object has a text that is no JSON, such as one that was cut off. */
export function isBroken(row: Row): boolean {
  return Object.entries(row).some(([name, value]) => WHOLE.includes(snakeCase(name)) && typeof value === "string" && /^\s*[[{]/.test(value) && parsed(value) === value);
}

/** Whether a row says of itself that it was deleted. */
export function isDeleted(given: Record<string, unknown>): boolean {
  return (given["deleted_at"] ?? "") !== "" || ["deleted", "is_deleted"].some((name) => [true, 1, "1", "true", "t"].includes(given[name] as string));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
