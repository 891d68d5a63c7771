/**
 * How the calls of tools have ended. The SDK makes an output for the model of every failure, and does not say that it is one. So our own
 * tools note here what became of each call. It is never guessed from the words of an output.
 */
import { tool, type RunContext } from "@openai/agents";

/** What became of a call. `begun` while it runs, `rejected` when a person has refused it. */
export type Outcome = { state: "begun" | "rejected" } | { state: "returned"; output: unknown } | { state: "failed"; error: unknown; tool?: string };

const byCall = new WeakMap<object, Map<string, Outcome>>();
const byOutput = new WeakMap<object, Outcome>();
const watched = new WeakSet<object>();

/** Notes that this very object is the output of a call that has failed. */
export function failedOutput(output: object, error: unknown): void {
  byOutput.set(output, { state: "failed", error });
}

export function returnedOutput(output: object): void {
  byOutput.set(output, { state: "returned", output });
}

/** Notes the outcome of a call. @param context the context that its run was started with */
export function noteOutcome(context: unknown, callId: string | undefined, outcome: Outcome): void {
  if (typeof context !== "object" || context === null || callId === undefined) return;
  const calls = byCall.get(context) ?? new Map<string, Outcome>();
  byCall.set(context, calls.set(callId, outcome));
}

/** What is known of a call; undefined when nothing is. */
export function outcomeOf(context: object, callId: string, output: unknown): Outcome | undefined {
  return (typeof output === "object" && output !== null ? byOutput.get(output) : undefined) ?? byCall.get(context)?.get(callId);
}

/** The calls with that context that have failed, with those inside an agent that is used as a tool. */
export function failedCalls(context: object): { callId: string; tool: string | undefined; error: unknown }[] {
  return Array.from(byCall.get(context) ?? []).flatMap(([callId, one]) => (one.state === "failed" ? [{ callId, tool: one.tool, error: one.error }] : []));
}

/** The calls of that tool, or of the tools of that MCP server, are noted: one without a note has not run. */
export function watch(maker: object): void {
  watched.add(maker);
}

export function isWatched(maker: object): boolean {
  return watched.has(maker);
}

type Init = Parameters<typeof tool>[0];
type Details = { toolCall?: { callId?: string } } | undefined;

/** The SDK's `tool`, whose calls are noted. */
export const watchedTool = ((init: Init) => {
  const { execute } = init;
  const made: ReturnType<typeof tool> = tool({
    ...init,
    name: init.name ?? execute.name,
    execute: async (input: never, run?: RunContext<any>, details?: Details) => {
      const note = (outcome: Outcome) => noteOutcome(run?.context, details?.toolCall?.callId, outcome);
      note({ state: "begun" });
      try {
        const output: unknown = await execute(input, run as never, details as never);
        note({ state: "returned", output });
        return output;
      } catch (error) {
        note({ state: "failed", error, tool: made.name });
        throw error;
      }
    },
  } as Init);
  watch(made);
  return made;
}) as typeof tool;
