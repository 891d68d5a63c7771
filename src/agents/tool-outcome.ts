/**
 * How the calls of tools have ended. The SDK makes an output for the model of every failure, and does not say that it is one. So our own
 * tools note here what became of each call. It is never guessed from the words of an output.
 */
import { tool, type RunContext } from "@openai/agents";

/** What became of a call. `begun` while it runs, `rejected` when a person has refused it. */
export type Outcome = { state: "begun" | "rejected" } | { state: "returned"; output: unknown } | { state: "failed"; error: unknown };
type Note = { callId: string; tool: string | undefined; outcome: Outcome };

const byCall = new WeakMap<object, Map<string, Note>>();
const byOutput = new WeakMap<object, Outcome>();
const watched = new WeakSet<object>();

/** Notes that this very object is the output of a call that has failed. */
export function failedOutput(output: object, error: unknown): void {
  byOutput.set(output, { state: "failed", error });
}

export function returnedOutput(output: object): void {
  byOutput.set(output, { state: "returned", output });
}

/**
 * Notes the outcome of a call.
 * @param context the context that its run was started with
 * @param tool its name, for an outcome that no other tool may have: some servers give the same id to the call of an agent that is used as
 * a tool and to the calls inside of it
 */
export function noteOutcome(context: unknown, callId: string | undefined, outcome: Outcome, tool?: string): void {
  if (typeof context !== "object" || context === null || callId === undefined) return;
  const notes = byCall.get(context) ?? new Map<string, Note>();
  byCall.set(context, notes.set(callKey(callId, tool), { callId, tool, outcome }));
}

/** What is known of a call; undefined when nothing is. */
export function outcomeOf(context: object, callId: string, output: unknown, tool?: string): Outcome | undefined {
  const notes = byCall.get(context);
  const noted = notes?.get(callKey(callId, tool)) ?? notes?.get(callKey(callId, undefined));
  return (typeof output === "object" && output !== null ? byOutput.get(output) : undefined) ?? noted?.outcome;
}

/** What tells one call from another. */
export function callKey(callId: string, tool: string | undefined): string {
  return `${tool ?? ""} ${callId}`;
}

/** The calls with that context that have failed, with those inside an agent that is used as a tool. */
export function failedCalls(context: object): { callId: string; tool: string | undefined; error: unknown }[] {
  const notes = [...(byCall.get(context)?.values() ?? [])];
  return notes.flatMap(({ callId, tool, outcome }) => (outcome.state === "failed" ? [{ callId, tool, error: outcome.error }] : []));
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
      const note = (outcome: Outcome) => noteOutcome(run?.context, details?.toolCall?.callId, outcome, made.name);
      note({ state: "begun" });
      try {
        const output: unknown = await execute(input, run as never, details as never);
        note({ state: "returned", output });
        return output;
      } catch (error) {
        note({ state: "failed", error });
        throw error;
      }
    },
  } as Init);
  watch(made);
  return made;
}) as typeof tool;
