import { tool, type Agent, type FunctionTool } from "@openai/agents";
import { currentTurn } from "./turn.ts";

type ToolInit = Parameters<typeof tool>[0];

const pageTools = new WeakSet<object>();

/**
 * A tool that the file leaves to the page. The run stops before its call, as it does before one that a person has to approve, and goes on
 * with the page's output as what the call returned.
 */
export function pageTool(init: ToolInit): FunctionTool<any, any, any> {
  const made = tool({
    ...init,
    needsApproval: true,
    execute: (_input: unknown, _run: unknown, details?: { toolCall?: { callId: string } }) => {
      const reply = currentTurn()?.start.journal.entries.replies[details?.toolCall?.callId ?? ""];
      return reply?.output === undefined ? "The page has answered nothing." : reply.output;
    },
  } as ToolInit) as FunctionTool<any, any, any>;
  pageTools.add(made);
  return made;
}

// any: an agent may have any context and output type.
export function isPageTool(agent: Agent<any, any>, name: string): boolean {
  return agent.tools.some((one) => one.name === name && pageTools.has(one));
}
