import { z } from "zod";

/**
 * An optional field. A `null` from a client means the same and is dropped: in this protocol an absent field is omitted and never sent
 * as null (the Python SDK writes its answers with `exclude_none`).
 */
export function maybe<T extends z.ZodType>(schema: T) {
  return z.union([schema, z.null().transform(() => undefined)]).optional();
}

/** A field that has a default, also where a client sends null. */
export function orDefault<T extends z.ZodType>(schema: T, value: () => z.output<T>) {
  return z.union([schema, z.null().transform(value)]).default(value as never);
}

/** An object with any keys. As a field with a default it may be left out, but must not be null. */
export const record = z.record(z.string(), z.unknown());

/** The same for what a client sends and the server never looks into: taken as it is, since copying half a million entries takes long. */
export const freeForm = z.custom<Record<string, unknown>>((value) => kindOf(value) === "object", {
  error: ({ input }) => `Invalid input: expected record, received ${kindOf(input)}`,
});

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
