import type { RunToolCallOutputItem } from "@openai/agents";
import { isWatched, outcomeOf, type Outcome } from "../tool-outcome.ts";

/** What the SDK gives to the model in place of an output, to the letter; for tools of which nothing is noted. */
const THREW_TEXT = "An error occurred while running the tool. Please try again.";

export const THREW = "it threw an error";

/** Why a call has failed; undefined when it has not. `error` is what the tool threw, if that is known. */
export type CallFailure = { reason: string; error?: unknown };

/** @param context the context that the run was started with */
export function failureOf(context: object, item: RunToolCallOutputItem): CallFailure | undefined {
  const { output, rawItem, agent } = item;
  const { name, callId } = rawItem as { name: string; callId: string };
  const tool = agent.tools.find((one) => one.name === name);
  const outcome = outcomeOf(context, callId, output, name);
  if (outcome) return noted(outcome, output, tool !== undefined && "outputSchema" in tool);
  if (!tool && agent.mcpServers.length === 0) return { reason: "there is no such tool" };
  // The SDK has checked the arguments, in vain, or a guardrail has; of a tool that is watched nothing would be noted then, either.
  if (item.executionStatus !== "executed" || (tool && isWatched(tool))) return { reason: "it was refused before it ran" };
  if (!tool && agent.mcpServers.every(isWatched)) return { reason: THREW };
  const timeoutMs = tool && "timeoutMs" in tool ? tool.timeoutMs : undefined;
  const isSaid = output === THREW_TEXT || output === `Tool '${name}' timed out after ${timeoutMs}ms.`;
  return isSaid ? { reason: "it threw an error or had no answer in time" } : undefined;
}

function noted(outcome: Outcome, output: unknown, isParsed: boolean): CallFailure | undefined {
  switch (outcome.state) {
    case "failed":
      return { reason: THREW, error: outcome.error };
    case "begun":
      return { reason: "it had no answer in time" };
    case "rejected":
      return undefined;
    case "returned":
      // A guardrail has put a text of its own in the place of the output. A schema may change the output, too.
      return typeof output === "string" && output !== outcome.output && !isParsed ? { reason: "a guardrail has refused its output" } : undefined;
  }
}
