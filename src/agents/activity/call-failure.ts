import type { RunToolCallOutputItem } from "@openai/agents";
import { isWatched, outcomeOf, type Outcome } from "../tool-outcome.ts";

/** What the SDK gives to the model in place of an output, to the letter; for tools of which nothing is noted. */
const SDK_TEXTS = new Set<unknown>([
  "An error occurred while running the tool. Please try again.",
  "An error occurred while parsing tool arguments. Please try again with valid JSON.",
]);

export const THREW = "it threw an error";

/** Why a call has failed; undefined when it has not. `error` is what the tool threw, if that is known. */
export type CallFailure = { reason: string; error?: unknown };

/** @param context the context that the run was started with */
export function failureOf(context: object, item: RunToolCallOutputItem): CallFailure | undefined {
  const { output, rawItem, agent } = item;
  const { name, callId } = rawItem as { name: string; callId: string };
  const tool = agent.tools.find((one) => one.name === name);
  const outcome = outcomeOf(context, callId, output);
  if (outcome) return noted(outcome, output, tool !== undefined && "outputSchema" in tool);
  const servers = agent.mcpServers;
  if (tool ? isWatched(tool) : servers.every(isWatched)) return { reason: tool || servers.length > 0 ? "it was refused before it ran" : "there is no such tool" };
  const timeoutMs = tool && "timeoutMs" in tool ? tool.timeoutMs : undefined;
  const isText = SDK_TEXTS.has(output) || output === `Tool '${name}' not found.` || output === `Tool '${name}' timed out after ${timeoutMs}ms.`;
  return isText ? { reason: "it threw an error, was refused or had no answer in time" } : undefined;
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
