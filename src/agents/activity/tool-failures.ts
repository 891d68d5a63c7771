import type { RunStreamEvent } from "@openai/agents";
import { askedBy, type Logger } from "../../server/context.ts";
import type { AgentContext } from "../agent-context.ts";
import { callKey, failedCalls } from "../tool-outcome.ts";
import { failureOf, THREW, type CallFailure } from "./call-failure.ts";

/** Logs each call of a tool that has failed, once. What was said in the chat, arguments and outputs included, is never logged. */
export class ToolFailures {
  readonly #logged: Set<string>;

  /** @param context the context that the run was started with */
  constructor(
    // any: the request context may be of any type.
    private readonly chat: AgentContext<any>,
    private readonly logger: Logger,
    private readonly context: object = chat,
  ) {
    this.#logged = new Set(failedCalls(context).map(({ callId, tool }) => callKey(callId, tool)));
  }

  /** Must be called with every event of the run. */
  observe(event: RunStreamEvent): void {
    if (event.type !== "run_item_stream_event" || event.name !== "tool_output" || event.item.type !== "tool_call_output_item") return;
    const { item } = event;
    const raw = item.rawItem;
    if (raw.type !== "function_call_result") return;
    const failure = failureOf(this.context, item);
    if (failure) this.#log(raw.callId, raw.name, item.agent.name, failure);
    // Calls inside an agent that is used as a tool have no events.
    for (const { callId, tool, error } of failedCalls(this.context)) this.#log(callId, tool, item.agent.name, { reason: THREW, error });
  }

  #log(callId: string, tool: string | undefined, agent: string, { reason, error }: CallFailure): void {
    const call = callKey(callId, tool);
    if (this.#logged.has(call)) return;
    this.#logged.add(call);
    const asked = { thread_id: this.chat.thread.id, ...askedBy(this.chat.requestContext) };
    this.logger.warn({ tool, agent, call_id: callId, ...asked, reason, ...(error !== undefined && { err: error }) }, "a tool failed");
  }
}
