import { z } from "zod";

/**
 * A field that may be left out. `null` on the way in means the same and is dropped: on this wire an absent
 * field is omitted, never sent as null (the Python SDK writes its answers with exclude_none).
 */
export function maybe<T extends z.ZodType>(schema: T) {
  return z.union([schema, z.null().transform(() => undefined)]).optional();
}

/** A field with a default, for which `null` will not do. */
export const record = z.record(z.string(), z.unknown());

/** The same for what a client sends and nobody here looks into: it is taken as it is, since a copy of half a million entries takes long. */
export const freeForm = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "Invalid input: expected record",
);
