import type { RunStreamEvent, StreamedRunResult } from "@openai/agents";
import { askedBy, type Logger } from "../server/context.ts";
import type { AgentContext } from "./agent-context.ts";

/** How one run of an agent ended and what it used; tokens as the model server counted them. */
export type AgentRunReport = {
  outcome: "completed" | "paused" | "failed" | "cancelled";
  agent: string;
  /** The model as its server names it; "unknown" when it names none. */
  model: string;
  usage: { requests: number; inputTokens: number; outputTokens: number };
  durationMs: number;
};

const listeners = new Set<(report: AgentRunReport) => void>();

/** Calls `listener` at the end of every run in this process, for metrics. Returns a function that stops this. */
export function onAgentRun(listener: (report: AgentRunReport) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Measures one run. What it used is logged and reported once, however the run ends. */
export class RunCount {
  /** Set once the run has begun; without it nothing is reported. */
  begun: { agent: string; chat: AgentContext<any> } | undefined; // any: the request context may be of any type
  // any: an agent may have any context and output type.
  result: StreamedRunResult<any, any> | undefined;
  readonly #startedAt = performance.now();
  #model = "unknown";
  /** Whether a response of the model has begun and is not complete: the SDK counts it only then. */
  #isAnswering = false;
  #ended = false;

  constructor(private readonly logger: Logger) {}

  /** Reads the model's name from the run's events: the SDK does not keep it. */
  observe(event: RunStreamEvent): void {
    if (event.type !== "raw_model_stream_event") return;
    if (event.data.type !== "response_started" && event.data.type !== "response_done") return;
    this.#isAnswering = event.data.type === "response_started";
    const told = event.data.type === "response_done" ? event.data.response.providerData : event.data.providerData;
    // The Responses API names it in the response, chat completions in each chunk.
    const { model } = (told?.["response"] ?? told ?? {}) as { model?: unknown };
    if (typeof model === "string") this.#model = model;
  }

  /** Only the first call has an effect. @param code of the error that the run ended with, if it did */
  end(outcome: AgentRunReport["outcome"], code?: string): void {
    if (this.#ended || !this.begun) return;
    this.#ended = true;
    const { agent, chat } = this.begun;
    const model = this.#model;
    const usage = this.#used();
    const durationMs = Math.round(performance.now() - this.#startedAt);
    const used = { requests: usage.requests, input_tokens: usage.inputTokens, output_tokens: usage.outputTokens };
    const asked = { thread_id: chat.thread.id, ...askedBy(chat.requestContext) };
    this.logger.info({ outcome, code, agent, model, ...used, duration_ms: durationMs, ...asked }, "agent run");
    for (const listener of listeners) listener({ outcome, agent, model, usage, durationMs });
  }

  #used(): AgentRunReport["usage"] {
    const { requests = 0, inputTokens = 0, outputTokens = 0 } = this.result?.runContext.usage ?? {};
    return { requests: requests + (this.#isAnswering ? 1 : 0), inputTokens, outputTokens };
  }
}
