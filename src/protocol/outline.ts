import type { z } from "zod";

/**
 * What a schema lets be at a place of a body, as far as reading it goes. `free`: anything, however much of it. `value`: whatever the
 * schema makes of it. Fields: an object, whose other keys mean nothing. `each`: a list, or a map of any keys.
 */
export type Outline = "free" | "value" | { fields: ReadonlyMap<string, Outline>; each?: undefined } | { each: Outline };

/** Of what is read by that schema; where it lets one of several be, all of them. */
export function outlineOf(schema: z.core.$ZodType): Outline {
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
  if (one === "value" || other === "value") return one === "value" ? other : one;
  if (one.each && other.each) return { each: either(one.each, other.each) };
  if (one.each || other.each) return "free";
  const fields = new Map(one.fields);
  for (const [key, field] of other.fields) fields.set(key, either(fields.get(key) ?? field, field));
  return { fields };
}
