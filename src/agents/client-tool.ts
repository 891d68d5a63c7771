import { tool, type FunctionTool, type RunContext } from "@openai/agents";
import { z } from "zod";
import { agentContext, attachedResponse, type AgentContext } from "./agent-context.ts";

type ClientToolInit<S extends z.ZodObject> = {
  name: string;
  description: string;
  parameters: S;
  /** Runs before the page is asked; may show progress, or throw: then the model is told that the tool failed, and the page is not asked. */
  onCall?: (input: z.infer<S>, context: AgentContext) => void | Promise<void>;
};

/**
 * A tool that the page answers. The run stops at its call without asking the model again, other tools of the same turn finish
 * first; the page's answer starts the next run. Of several client tools called in one turn the last one is asked: a page
 * answers one at a time.
 */
export function clientTool<S extends z.ZodObject>(init: ClientToolInit<S>): FunctionTool<any, any, string> {
  const { name, description, parameters, onCall } = init;
  const made: FunctionTool<any, any, string> = tool({
    name,
    description,
    parameters: parameters as z.ZodObject,
    execute: async (input, run?: RunContext, details?: { toolCall?: { callId: string } }) => {
      const chat = agentContext(run);
      await onCall?.(input as z.infer<S>, chat);
      const callId = details?.toolCall?.callId;
      chat.clientToolCall = { name, arguments: input, ...(callId !== undefined && { callId }) };
      // In an agent that is itself a tool: its run is not ours to stop, and what it would go on to say nobody reads.
      if (callId !== undefined && attachedResponse(chat)?.hasCalled(callId) === false) throw new PageAsked();
      return "The page has been asked.";
    },
    errorFunction: (_run, error) => {
      if (error instanceof PageAsked) throw error;
      return "An error occurred while running the tool. Please try again."; // the SDK's own words
    },
  });
  clientTools.add(made);
  return made;
}

/** Whether it was made by `clientTool`: then the page shows its use, and nobody else need. */
export function isClientTool(tool: object): boolean {
  return clientTools.has(tool);
}

const clientTools = new WeakSet<object>();

class PageAsked extends Error {
  constructor() {
    super("The page has been asked.");
  }
}
