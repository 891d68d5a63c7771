import type { RunStreamEvent, StreamedRunResult } from "@openai/agents";
import type { Logger } from "../server/context.ts";

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
  /** The agent's name. Until it is set the run has not begun, and is not reported. */
  agent: string | undefined;
  // any: an agent may have any context and output type.
  result: StreamedRunResult<any, any> | undefined;
  readonly #startedAt = performance.now();
  #model = "unknown";
  #ended = false;

  constructor(private readonly logger: Logger) {}

  /** Reads the model's name from the run's events: the SDK does not keep it. */
  observe(event: RunStreamEvent): void {
    if (event.type !== "raw_model_stream_event" || event.data.type !== "response_done") return;
    const model: unknown = event.data.response.providerData?.["model"];
    if (typeof model === "string") this.#model = model;
  }

  /** Only the first call has an effect. */
  end(outcome: AgentRunReport["outcome"]): void {
    const { agent } = this;
    if (this.#ended || agent === undefined) return;
    this.#ended = true;
    const report = { outcome, agent, ...this.#used(), durationMs: Math.round(performance.now() - this.#startedAt) };
    const { usage, ...rest } = report;
    this.logger.info({ ...rest, ...usage }, "agent run");
    for (const listener of listeners) listener(report);
  }

  #used(): Pick<AgentRunReport, "model" | "usage"> {
    const used = this.result?.runContext.usage;
    const usage = { requests: used?.requests ?? 0, inputTokens: used?.inputTokens ?? 0, outputTokens: used?.outputTokens ?? 0 };
    return { model: this.#model, usage };
  }
}
