import type { Agent, RunStreamEvent, StreamedRunResult } from "@openai/agents";
import { ChatKitError } from "../errors.ts";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import { burstsOf, eventsIn, inBursts, type Burst } from "../server/burst.ts";
import type { Logger } from "../server/context.ts";
import type { AgentContext } from "./agent-context.ts";
import { modelError } from "./models/model-error.ts";
import type { ResponseStreamConverter } from "./response/response-stream-converter.ts";
import { streamAgentResponse } from "./response/stream-agent-response.ts";
import type { PendingTitle } from "./titles.ts";
import { ToolActivity, type ToolActivityMode } from "./activity/tool-activity.ts";
import { RunCount } from "./usage.ts";
import { endedWorkflow } from "./workflow.ts";

// any: an agent may have any context and output type.
type Result = StreamedRunResult<any, any>;

/** What is needed to start a run. */
type PreparedRun = {
  agent: Agent<any, any>;
  chat: AgentContext<any>;
  /** Starts or resumes a run that ends when the signal aborts. */
  start(signal: AbortSignal): Promise<Result>;
  /** An event to send before those of the run, once that has started. */
  first?: ThreadStreamEvent;
};

export type RunSettings = {
  /** The time limit of the whole answer. */
  timeoutMs: number;
  toolActivity: ToolActivityMode;
  streamConverter: ResponseStreamConverter | undefined;
  title?: PendingTitle | undefined;
  logger: Logger;
};

/**
 * A run as the answer to a turn. Adds to `streamAgentResponse`: the activity of tools, a time limit, the report of what the run used, and
 * errors of ours in place of those of the model server.
 */
export function streamRun(settings: RunSettings, prepare: () => Promise<PreparedRun>): AsyncGenerator<ThreadStreamEvent, void> {
  return inBursts(() => runInBursts(settings, prepare));
}

async function* runInBursts(settings: RunSettings, prepare: () => Promise<PreparedRun>): AsyncGenerator<Burst<ThreadStreamEvent>, void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), settings.timeoutMs);
  const count = new RunCount(settings.logger);
  let leaving: AbortSignal | undefined;
  try {
    const { agent, chat, start, first } = await prepare();
    const signal: AbortSignal = (leaving = chat.requestContext.signal);
    count.agent = agent.name;
    const result = (count.result = await start(AbortSignal.any([signal, limit.signal])));
    if (first) yield first;
    const activity = new ToolActivity(chat, settings.toolActivity);
    const response = burstsOf(streamAgentResponse(chat, result, streamOptions(settings, count, activity)));
    let isAnswered = false;
    for await (const burst of response) {
      isAnswered ||= eventsIn(burst).some(isAnswer);
      yield activity.settled(burst);
    }
    if (limit.signal.aborted) throw new ChatKitError("model_timeout");
    if (!isAnswered && !signal.aborted && !hasCalled(result)) {
      if (chat.workflowItem) yield { type: "thread.item.done", item: endedWorkflow(chat.workflowItem) };
      throw new ChatKitError("model_unavailable", { cause: new Error(SILENT) });
    }
    if (!signal.aborted) await settings.title?.ready();
    count.end(signal.aborted ? "cancelled" : result.interruptions.length > 0 ? "paused" : "completed");
  } catch (error) {
    count.end(leaving?.aborted ? "cancelled" : "failed");
    throw limit.signal.aborted ? new ChatKitError("model_timeout", { cause: error }) : modelError(error);
  } finally {
    clearTimeout(timer);
    // Reached without a report only when the reader has left in the middle.
    count.end("cancelled");
  }
}

const SILENT = "The model has ended its answer without having said anything.";

/** Whether the event shows something to the person. Thoughts alone are not an answer. */
function isAnswer(event: ThreadStreamEvent): boolean {
  if (event.type === "thread.item.added" || event.type === "thread.item.done") return event.item.type !== "workflow" || event.item.workflow.type !== "reasoning";
  return event.type !== "thread.item.updated" || !event.update.type.startsWith("workflow.");
}

/** Whether the run has called a tool: that may be the whole answer. */
function hasCalled(result: Result): boolean {
  return result.newItems.some((item) => item.type === "tool_call_item");
}

function streamOptions({ streamConverter: converter }: RunSettings, count: RunCount, activity: ToolActivity) {
  const observe = (event: RunStreamEvent) => {
    count.observe(event);
    activity.observe(event);
  };
  return { observe, ...(converter && { converter }) };
}
