/**
 * Responses: the events of an agent's run become events of the chat. `fold.ts` sends each to its family (`messages.ts`, `reasoning.ts`,
 * `images.ts`, …). A family never waits for the reader: a slow one's backlog is in `outbox.ts`.
 */
import { InputGuardrailTripwireTriggered, ModelBehaviorError, ModelRefusalError, OutputGuardrailTripwireTriggered } from "@openai/agents";
import type { RunStreamEvent, StreamedRunResult } from "@openai/agents";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { inBursts, type Burst } from "../../server/burst.ts";
import { persist } from "../../server/kept-run.ts";
import { attachResponse, type AgentContext } from "../agent-context.ts";
import { pauseRun } from "../approvals/pause-run.ts";
import { ResponseStreamConverter } from "./response-stream-converter.ts";
import { endedEarly, incompleteEnd } from "./early-end.ts";
import { foldRunEvent } from "./fold.ts";
import { fromTools } from "./from-tools.ts";
import { Outbox } from "./outbox.ts";
import { saysNothing } from "./silence.ts";
import { newState, type Events, type ResponseState } from "./state.ts";
import { clientToolCall } from "./tool-calls.ts";

type Run = StreamedRunResult<any, any>; // any: whatever the user's agent and context are
type RunReader = { read(): Promise<{ done: boolean; value?: RunStreamEvent | undefined }>; cancel(): Promise<void> };
type Options = {
  converter?: ResponseStreamConverter;
  /** Sees each event of the run before it becomes the chat's; what it streams through the context comes first. */
  observe?: (event: RunStreamEvent) => void;
};

/**
 * A run as the chat's events: the model's output, and what tools stream through the context, in the order in which they came.
 *
 * The run is stopped when the request is aborted, when the reader leaves, when a tool has set `context.clientToolCall`, and when
 * the model has nothing to say. One that waits for a person's approval is stored and asks for it. An answer that was cut, at the
 * token limit or by a content filter, ends with a notice that says so.
 * @throws what the run throws. What it had said is kept, and a notice says that it broke off; after a tripped guardrail, all that the
 * run had shown is removed first.
 */
export function streamAgentResponse(
  context: AgentContext<any>, // any: whatever the request context is
  result: Run,
  options: Options = {},
): AsyncGenerator<ThreadStreamEvent, void> {
  // Nobody else may be listening, and one unheard rejection ends the process.
  result.completed.catch(() => {});
  const response = new AgentResponse(context, result, options);
  return inBursts(() => response.bursts());
}

class AgentResponse {
  readonly #state: ResponseState;
  readonly #result: Run;
  readonly #reader: RunReader;
  readonly #observe: Options["observe"];
  readonly #outbox = new Outbox();
  /** From tools, not yet in their turn: `after` so many responses of the model. */
  readonly #waiting: { event: ThreadStreamEvent; after: number }[] = [];
  /** While the converter is asked, what comes meanwhile has to wait. */
  #isConverting = false;
  #isObserving = false;
  /** The run was stopped because there is nothing more to come, not because somebody left. */
  #isOver = false;

  constructor(context: AgentContext, result: Run, options: Options) {
    this.#state = newState(context, options.converter ?? new ResponseStreamConverter());
    this.#observe = options.observe;
    this.#result = result;
    // A resumed run brings the responses of before along.
    this.#state.responses = result.rawResponses.length;
    // The SDK's type of its stream names only the iterator, whose return() would wait for the event being read.
    this.#reader = (result.toStream() as ReadableStream<RunStreamEvent>).getReader();
  }

  async *bursts(): AsyncGenerator<Burst<ThreadStreamEvent>, void> {
    const { context } = this.#state;
    const { signal } = context.requestContext;
    const stop = () => this.#stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      await this.#continueWorkflow();
      const receive = (event: ThreadStreamEvent) => this.#fromTools(event);
      void this.#pump(attachResponse(context, { receive, hasCalled: (callId) => this.#hasCalled(callId) }));
      while (await this.#outbox.more()) yield this.#outbox.take();
      if (!signal.aborted) yield* this.#ending();
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }

  /** Reads the run as fast as it goes and leaves the waiting to the outbox. Never rejects. */
  async #pump(detach: () => void): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done || !value) break;
        if (this.#observe) this.#observed(value);
        const events = foldRunEvent(this.#state, value);
        this.#push(events instanceof Promise ? await this.#converted(events) : events);
        if (this.#waiting.length > 0) this.#flush(this.#state.responses);
        if (isToolOutput(value) && this.#state.context.clientToolCall) this.#stop();
        if (this.#isSilent(value)) this.#end();
      }
      this.#flush(Infinity);
      if (!this.#result.cancelled || this.#isOver) this.#push(incompleteEnd(this.#state));
      if (!this.#result.cancelled && this.#result.interruptions.length > 0) await pauseRun(this.#state.context, this.#result);
      this.#outbox.close({});
    } catch (error) {
      this.#failed(error);
    } finally {
      detach();
    }
  }

  #hasCalled(callId: string): boolean {
    return this.#result.rawResponses.some(({ output }) => output.some((item) => "callId" in item && item.callId === callId));
  }

  /** An agent with an output of its own form is asked again for it, as everywhere. */
  #isSilent(event: RunStreamEvent): boolean {
    return saysNothing(event) && this.#result.currentAgent?.outputType === "text";
  }

  #observed(event: RunStreamEvent): void {
    this.#isObserving = true;
    try {
      this.#observe!(event);
    } finally {
      this.#isObserving = false;
    }
  }

  async #converted(events: Promise<Events>): Promise<Events> {
    this.#isConverting = true;
    try {
      return await events;
    } finally {
      this.#isConverting = false;
    }
  }

  /**
   * Tools run once the model's response is whole, yet the last of that response may still be on its way through the run's
   * buffer. So a tool's event waits for as many responses as the run had when it was streamed. An observer streams from where
   * the reading is.
   */
  #fromTools(event: ThreadStreamEvent): void {
    if (this.#isObserving) return this.#push(fromTools(this.#state, event));
    this.#waiting.push({ event, after: this.#result.rawResponses.length });
    if (!this.#isConverting) this.#flush(this.#state.responses);
  }

  #flush(responses: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.after <= responses) {
      this.#push(fromTools(this.#state, this.#waiting.shift()!.event));
    }
  }

  #push(events: Events): void {
    for (const event of events) this.#outbox.push(event);
  }

  #failed(error: unknown): void {
    const { produced } = this.#state;
    if (error instanceof InputGuardrailTripwireTriggered || error instanceof OutputGuardrailTripwireTriggered) {
      this.#push([...produced].map((id) => ({ type: "thread.item.removed", item_id: id })));
      return this.#outbox.close({ error });
    }
    this.#flush(Infinity);
    // A refusal has been shown as the model's answer, which it is.
    if (error instanceof ModelRefusalError && produced.size > 0) return this.#outbox.close({});
    // An answer that was cut is an error to the SDK over one API, and none over the other.
    const isCut = this.#state.incomplete !== undefined && error instanceof ModelBehaviorError;
    const events = endedEarly(this.#state);
    this.#push(isCut && !events.some(isNotice) ? [...events, ...incompleteEnd(this.#state)] : events);
    this.#outbox.close(isCut ? {} : { error });
  }

  /** A run that was stopped half-way, and not for the page's turn, ends as it is. */
  async *#ending(): AsyncGenerator<ThreadStreamEvent, void> {
    const { context } = this.#state;
    if (this.#result.cancelled && !this.#isOver && !context.clientToolCall) return yield* endedEarly(this.#state);
    const open = context.workflowItem;
    // Stored as it is and not announced as done: the next run of this turn goes on with it.
    if (open) await persist(context.requestContext, () => context.store.addThreadItem(context.thread.id, open, context.requestContext));
    const call = clientToolCall(this.#state);
    if (call) yield call;
  }

  /** A workflow that the last run left open goes on: when it is the last item, or the one before the page's answer. */
  async #continueWorkflow(): Promise<void> {
    const { context } = this.#state;
    // After a message of the user there is nothing to go on with, and no need to ask the store.
    if (context.workflowItem || context.requestContext.turn?.userMessage) return;
    const recent = context.recentItems ?? (await context.store.recentItems(context.thread.id, 2, context.requestContext));
    const last: ThreadItem | undefined = recent.at(-1);
    const item = last?.type === "client_tool_call" ? recent.at(-2) : last;
    if (item?.type === "workflow") context.workflowItem = item;
  }

  #end(): void {
    this.#isOver = true;
    this.#stop();
  }

  #stop(): void {
    this.#reader.cancel().catch(() => {});
  }
}

function isNotice(event: ThreadStreamEvent): boolean {
  return event.type === "notice";
}

function isToolOutput(event: RunStreamEvent): boolean {
  return event.type === "run_item_stream_event" && event.name === "tool_output";
}
