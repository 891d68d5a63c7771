import { z } from "zod";

/** A whole number, also written as a string (`"5"`, `"5.0"`), as some clients send it and the Python SDK accepts it. */
export const lenientInteger = z.union([
  z.int(),
  z.string().regex(/^\s*[+-]?\d{1,15}(\.0+)?\s*$/, "expected an integer").transform(Number),
]);
