import type { z } from "zod";
import { CustomStreamError } from "../errors.ts";
import type { Action } from "../protocol/actions.ts";
import { describe } from "../protocol/parse.ts";

/**
 * The payload of an action, checked by a schema. When it does not fit the client gets an error without a retry button, since the same
 * click would fail again.
 * @example const { city } = parseAction(action, z.object({ city: z.string() }));
 */
export function parseAction<T>(action: Action, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(action.payload);
  if (parsed.success) return parsed.data;
  throw new CustomStreamError(`The action ${action.type} does not fit: ${describe(parsed.error)}`);
}
