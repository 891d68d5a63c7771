import type { FunctionTool, RunContext } from "@openai/agents";
import { z } from "zod";
import { watchedTool } from "./tool-outcome.ts";
import { agentContext, attachedResponse, type AgentContext } from "./agent-context.ts";

type ClientToolInit<S extends z.ZodObject> = {
  name: string;
  description: string;
  parameters: S;
  /** Runs before the page is asked, and may show progress. When it throws, the page is not asked and the model told that it failed. */
  onCall?: (input: z.infer<S>, context: AgentContext) => void | Promise<void>;
};

/**
 * A tool that the page answers. After its call the run stops without asking the model again, once the other tools of the turn have
 * finished; the page's answer starts the next run. When the model calls several client tools in one turn, only the last one is asked,
 * since a page answers one at a time.
 */
export function clientTool<S extends z.ZodObject>(init: ClientToolInit<S>): FunctionTool<any, any, string> {
  const { name, description, parameters, onCall } = init;
  const made: FunctionTool<any, any, string> = watchedTool({
    name,
    description,
    parameters: parameters as z.ZodObject,
    execute: async (input, run?: RunContext, details?: { toolCall?: { callId: string } }) => {
      const chat = agentContext(run);
      await onCall?.(input as z.infer<S>, chat);
      const callId = details?.toolCall?.callId;
      chat.clientToolCall = { name, arguments: input, ...(callId !== undefined && { callId }) };
      // Inside an agent that is used as a tool. Its run cannot be stopped from outside, so it is ended by an error: nobody reads on.
      if (callId !== undefined && attachedResponse(chat)?.hasCalled(callId) === false) throw new PageAsked();
      return "The page has been asked.";
    },
    errorFunction: (_run, error) => {
      if (error instanceof PageAsked) throw error;
      return "An error occurred while running the tool. Please try again."; // the SDK's own text
    },
  });
  clientTools.add(made);
  return made;
}

/** Whether the tool was made by `clientTool`: its use is shown by the page, so no activity is. */
export function isClientTool(tool: object): boolean {
  return clientTools.has(tool);
}

const clientTools = new WeakSet<object>();

class PageAsked extends Error {
  constructor() {
    super("The page has been asked.");
  }
}
