import { z } from "zod";

/**
 * What of a body its schema looks at, for `JsonReader`. `free`: taken as it is, however large. `value`: kept for the schema to check.
 * `bytes`: a string that is left where it is, as bytes. `fields`: an object, of which all other keys are skipped. `each`: a list, or an object with any keys.
 */
export type Outline = "free" | "value" | "bytes" | { fields: ReadonlyMap<string, Outline>; each?: undefined } | { each: Outline };

/** A string of megabytes, as the bytes of its text: as a string it would take as much memory again. */
export const textBytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "Invalid input: expected string");

/** The outline of a schema; of a union, that of all its branches together. */
export function outlineOf(schema: z.core.$ZodType): Outline {
  if (schema === textBytes) return "bytes";
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object":
      return { fields: new Map(Object.entries(def.shape).map(([key, field]) => [key, outlineOf(field)])) };
    case "array":
      return { each: outlineOf(def.element) };
    case "record":
      return { each: outlineOf(def.valueType) };
    case "union":
      return def.options.map(outlineOf).reduce(either);
    case "optional":
    case "default":
      return outlineOf(def.innerType);
    case "pipe": {
      const made = outlineOf(def.out);
      return made === "value" ? outlineOf(def.in) : made;
    }
    case "unknown":
    case "custom":
      return "free";
    default:
      return "value";
  }
}

function either(one: Outline, other: Outline): Outline {
  if (one === "free" || other === "free") return "free";
  if (one === "bytes" || other === "bytes") return "bytes";
  if (one === "value" || other === "value") return one === "value" ? other : one;
  if (one.each && other.each) return { each: either(one.each, other.each) };
  if (one.each || other.each) return "free";
  const fields = new Map(one.fields);
  for (const [key, field] of other.fields) fields.set(key, either(fields.get(key) ?? field, field));
  return { fields };
}
