import { z } from "zod";

/** A whole number, also written as a string (`"5"`, `"5.0"`): clients and the Python SDK's lax mode do so. */
export const lenientInteger = z.union([
  z.int(),
  z.string().regex(/^\s*[+-]?\d{1,15}(\.0+)?\s*$/, "expected an integer").transform(Number),
]);
