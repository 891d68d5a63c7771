import type { RunStreamEvent, StreamedRunResult } from "@openai/agents";
import type { Logger } from "../server/context.ts";

/** How one run of an agent ended and what it used; tokens as the model server counted them. */
export type AgentRunReport = {
  outcome: "completed" | "paused" | "failed" | "cancelled";
  agent: string;
  /** As the model server names it; "unknown" where it does not. */
  model: string;
  usage: { requests: number; inputTokens: number; outputTokens: number };
  durationMs: number;
};

const listeners = new Set<(report: AgentRunReport) => void>();

/** Calls `listener` at the end of every run in this process, for metrics. Answers how to stop that. */
export function onAgentRun(listener: (report: AgentRunReport) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Counts one run: what it used is logged and reported once, however it ends. */
export class RunCount {
  /** The agent's name; a run that has none was never begun and is not counted. */
  agent: string | undefined;
  // any: the result of whatever agent it was.
  result: StreamedRunResult<any, any> | undefined;
  readonly #startedAt = performance.now();
  #model = "unknown";
  #ended = false;

  constructor(private readonly logger: Logger) {}

  /** Learns the model's name, which the SDK does not keep. */
  observe(event: RunStreamEvent): void {
    if (event.type !== "raw_model_stream_event" || event.data.type !== "response_done") return;
    const model: unknown = event.data.response.providerData?.["model"];
    if (typeof model === "string") this.#model = model;
  }

  /** The first call counts. */
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
