import { tool, type FunctionTool, type RunContext } from "@openai/agents";
import { z } from "zod";
import { agentContext, type AgentContext } from "./agent-context.ts";

export type ClientToolInit<S extends z.ZodObject> = {
  name: string;
  description: string;
  parameters: S;
  /** Runs before the page is asked; may show progress, or throw to tell the model that this cannot be done. */
  onCall?: (input: z.infer<S>, context: AgentContext) => void | Promise<void>;
};

/**
 * A tool that the page answers. The run stops at its call without asking the model again, other tools of the same turn finish
 * first; the page's answer starts the next run. Of several client tools called in one turn the last one is asked: a page
 * answers one at a time.
 */
export function clientTool<S extends z.ZodObject>(init: ClientToolInit<S>): FunctionTool<any, any, string> {
  const { name, description, parameters, onCall } = init;
  return tool({
    name,
    description,
    parameters: parameters as z.ZodObject,
    execute: async (input, run?: RunContext, details?: { toolCall?: { callId: string } }) => {
      const chat = agentContext(run);
      await onCall?.(input as z.infer<S>, chat);
      const callId = details?.toolCall?.callId;
      chat.clientToolCall = { name, arguments: input, ...(callId !== undefined && { callId }) };
      return "The page has been asked.";
    },
  });
}
