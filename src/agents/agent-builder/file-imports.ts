import { createHash } from "node:crypto";
import * as agents from "@openai/agents";
import { Runner, type AgentInputItem } from "@openai/agents";
import { ASK } from "./mends/approval-stub.ts";
import { HISTORY, STATE } from "./mends/turn-values.ts";
import { pageTool } from "./page-tool.ts";
import { runStep } from "./run-step.ts";
import { MARK } from "./source/steps.ts";
import { watchedTool } from "../tool-outcome.ts";
import { currentTurn, WorkflowPaused } from "./turn.ts";

/** A file that is being loaded: the functions for its tools, and what it leaves to the page. */
export type LoadingWorkflow = { tools: Record<string, unknown>; pageTools: string[] };

let loading: LoadingWorkflow | undefined;

/** Sets what is being loaded while `work` imports it. */
export async function whileLoading<T>(workflow: LoadingWorkflow, work: () => Promise<T>): Promise<T> {
  loading = workflow;
  try {
    return await work();
  } finally {
    loading = undefined;
  }
}

/** The SDK's runner. What a workflow runs with it is streamed to the chat; anywhere else it is as it was. */
class WorkflowRunner extends Runner {
  // any: the SDK's overloads cannot be written here without repeating its types.
  override run(agent: any, input: any, options?: any): any {
    const turn = currentTurn();
    if (!turn) return super.run(agent, input, options);
    // A file that streams by itself shows its answer when it has it.
    if (options?.stream) return super.run(agent, turn.withEarlier(input, turn.takePlace()), options);
    return runStep(turn, this.config, agent, input, options);
  }
}

type Run = typeof agents.run;

const run = ((agent: any, input: any, options?: any) => {
  return currentTurn() ? new WorkflowRunner().run(agent, input, options) : agents.run(agent, input, options);
}) as Run;

// any: the SDK's tool is generic in ways that the exporter's files do not use.
type ToolInit = any;

/** A tool whose function the exporter has left empty runs the function of its name beside the file, or else asks the page. */
const tool = ((init: ToolInit) => {
  if (!loading || init.name === undefined || !isEmpty(init.execute)) return watchedTool(init);
  const own = loading.tools[init.name];
  if (typeof own === "function") return watchedTool({ ...init, execute: own });
  if (typeof own === "object" && own !== null) return own;
  loading.pageTools.push(init.name);
  return pageTool(init);
}) as typeof agents.tool;

/** Whether a function does nothing; its comments are gone when it is run. */
function isEmpty(execute: unknown): boolean {
  if (typeof execute !== "function") return false;
  return /\{\s*\}$/.test(Function.prototype.toString.call(execute).replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, ""));
}


/** What modules get of `@openai/agents` in place of the SDK's own. */
export const HANDED_IN = { Runner: WorkflowRunner, run, tool };

/** What a mended file calls. */
export const TURN_EXPORTS = {
  [MARK]<T>(place: number, runner: T): T {
    currentTurn()?.at(place);
    return runner;
  },
  [HISTORY](list: AgentInputItem[]): AgentInputItem[] {
    currentTurn()?.opens(list);
    return list;
  },
  [STATE]<T extends object>(state: T): T {
    const turn = currentTurn();
    if (turn) turn.state = state;
    return state;
  },
  [ASK](message: unknown): boolean {
    const turn = currentTurn();
    if (!turn) throw new Error("The person can only be asked while a message is answered.");
    turn.requireRunning();
    const text = String(message ?? "");
    // An answer counts for the text that was shown, also if the file would make another one the second time.
    const key = turn.start.journal.next(`approval ${createHash("sha256").update(text).digest("base64url")}`);
    const reply = turn.start.journal.entries.replies[key];
    if (reply) return reply.approve;
    turn.isWaiting = true;
    turn.questions.push({ kind: "message", callId: key, message: text });
    throw new WorkflowPaused();
  },
};
