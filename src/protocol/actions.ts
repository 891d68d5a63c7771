import { z } from "zod";

/** What a widget or the page asks the server to do; the payload is free-form. */
export const action = z.object({ type: z.string(), payload: z.unknown().optional() });
export type Action = { type: string; payload?: unknown };

/** An action as a widget carries it (`@openai/chatkit` ActionConfig plus the SDK's own hints). */
export const actionConfig = z.looseObject({
  type: z.string(),
  payload: z.unknown().optional(),
  handler: z.enum(["client", "server"]).optional(),
  loadingBehavior: z.enum(["auto", "none", "self", "container"]).optional(),
  streaming: z.boolean().optional(),
});
export type ActionConfig = z.infer<typeof actionConfig>;
