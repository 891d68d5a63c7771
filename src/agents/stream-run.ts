import type { Agent, RunStreamEvent, StreamedRunResult } from "@openai/agents";
import { ChatKitError, toChatKitError } from "../errors.ts";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import { burstsOf, eventsIn, inBursts, type Burst } from "../server/streams/burst.ts";
import type { Logger } from "../server/context.ts";
import type { AgentContext } from "./agent-context.ts";
import { modelError } from "./models/model-error.ts";
import type { ResponseStreamConverter } from "./response/response-stream-converter.ts";
import { streamAgentResponse } from "./response/stream-agent-response.ts";
import type { PendingTitle } from "./titles.ts";
import { ToolFailures } from "./activity/tool-failures.ts";
import { ToolActivity, type ToolActivityMode } from "./activity/tool-activity.ts";
import { RunCount } from "./usage.ts";
import { endedWorkflow } from "./workflow.ts";

// any: an agent may have any context and output type.
type Result = StreamedRunResult<any, any>;

/** What is needed to start a run. */
export type PreparedRun = {
  agent: Agent<any, any>;
  chat: AgentContext<any>;
  /** Starts or resumes a run that ends when the signal aborts. */
  start(signal: AbortSignal): Promise<Result>;
  /** An event to send before those of the run, once that has started. */
  first?: ThreadStreamEvent;
  /** Called when the run has ended or paused, with the agent that it ended with. */
  onEnd?(last: Agent<any, any> | undefined): void;
};

export type RunSettings = {
  logger: Logger;
  /** The time limit of the whole answer, in milliseconds. @default 1800000 */
  timeoutMs?: number | undefined;
  /** How the use of tools is shown. @default "workflow" */
  toolActivity?: ToolActivityMode | undefined;
  streamConverter?: ResponseStreamConverter | undefined;
  /** A title that is being made, as `startTitle` returns it: the answer waits a little for it at its end. */
  title?: PendingTitle | undefined;
};

const TIMEOUT_MS = 1_800_000;

/**
 * A run as the answer to a turn: what an `AgentServer` answers with, for a `respond` of your own. Adds to `streamAgentResponse`: the
 * activity of tools, a time limit, a log line with what the run used, and errors of ours in place of those of the model server.
 *
 * @example
 * respond(thread, message, context) {
 *   const title = startTitle({ thread, message, context, store: this.store, logger: this.logger });
 *   return streamRun({ logger: this.logger, title }, async () => {
 *     const input = await simpleToAgentInput(await this.store.recentItems(thread.id, 100, context));
 *     const chat = new AgentContext({ thread, store: this.store, requestContext: context });
 *     return { agent, chat, start: (signal) => run(agent, input, { stream: true, context: chat, signal }) };
 *   });
 * }
 */
export function streamRun(settings: RunSettings, prepare: () => Promise<PreparedRun>): AsyncGenerator<ThreadStreamEvent, void> {
  return inBursts(() => runInBursts(settings, prepare));
}

async function* runInBursts(settings: RunSettings, prepare: () => Promise<PreparedRun>): AsyncGenerator<Burst<ThreadStreamEvent>, void> {
  const limit = new AbortController();
  const { timeoutMs = TIMEOUT_MS, toolActivity = "workflow" } = settings;
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const count = new RunCount(settings.logger);
  let leaving: AbortSignal | undefined;
  try {
    const { agent, chat, start, first, onEnd } = await prepare();
    const signal: AbortSignal = (leaving = chat.requestContext.signal);
    count.begun = { agent: agent.name, chat };
    const result = (count.result = await start(AbortSignal.any([signal, limit.signal])));
    if (first) yield first;
    const activity = new ToolActivity(chat, toolActivity);
    const failures = new ToolFailures(chat, settings.logger);
    const response = burstsOf(streamAgentResponse(chat, result, streamOptions(settings, [count, failures, activity])));
    let isAnswered = false;
    for await (const burst of response) {
      isAnswered ||= eventsIn(burst).some(isAnswer);
      yield activity.settled(burst);
    }
    if (limit.signal.aborted) throw new ChatKitError("model_timeout");
    if (!isAnswered && !signal.aborted && !hasCalled(result)) {
      if (chat.workflowItem) yield { type: "thread.item.done", item: endedWorkflow(chat.workflowItem) };
      throw new ChatKitError("model_unavailable", { reason: "no_answer", cause: new Error(SILENT) });
    }
    onEnd?.(result.currentAgent);
    if (!signal.aborted) await settings.title?.ready();
    count.end(signal.aborted ? "cancelled" : result.interruptions.length > 0 ? "paused" : "completed");
  } catch (thrown) {
    const error = limit.signal.aborted ? tookTooLong(timeoutMs) : modelError(thrown);
    if (leaving?.aborted) count.end("cancelled");
    else count.end("failed", toChatKitError(error).code);
    throw error;
  } finally {
    clearTimeout(timer);
    // Reached without a report only when the reader has left in the middle.
    count.end("cancelled");
  }
}

function tookTooLong(timeoutMs: number): ChatKitError {
  const cause = new Error(`The answer has taken longer than ${timeoutMs / 1000} s, its time limit.`);
  return new ChatKitError("model_timeout", { reason: "answer_timeout", cause });
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

type Observer = { observe(event: RunStreamEvent): void };

function streamOptions({ streamConverter: converter }: RunSettings, observers: Observer[]) {
  const observe = (event: RunStreamEvent) => {
    for (const observer of observers) observer.observe(event);
  };
  return { observe, ...(converter && { converter }) };
}
