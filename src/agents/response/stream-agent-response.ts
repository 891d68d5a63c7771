/**
 * Responses: the events of an agent's run become events of the chat. For each kind of event `fold.ts` calls a function in `messages.ts`,
 * `reasoning.ts`, `images.ts` and so on. These never wait for the reader: what a slow one has not read yet is in `outbox.ts`.
 */
import { InputGuardrailTripwireTriggered, ModelBehaviorError, ModelRefusalError, OutputGuardrailTripwireTriggered } from "@openai/agents";
import type { RunStreamEvent, StreamedRunResult } from "@openai/agents";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { persist } from "../../server/runs/kept-run.ts";
import { inBursts, type Burst } from "../../server/streams/burst.ts";
import { attachResponse, type AgentContext } from "../agent-context.ts";
import { dropProgress, keepProgress, pauseRun } from "../approvals/pause-run.ts";
import { endedEarly, incompleteEnd } from "./early-end.ts";
import { finalOutput } from "./final-output.ts";
import { foldRunEvent } from "./fold.ts";
import { fromTools } from "./from-tools.ts";
import { Outbox } from "./outbox.ts";
import { ResponseStreamConverter } from "./response-stream-converter.ts";
import { saysNothing } from "./silence.ts";
import { newState, type Events, type ResponseState, type Shown } from "./state.ts";
import { clientToolCall } from "./tool-calls.ts";

type Run = StreamedRunResult<any, any>; // any: the developer's agent and its context may be of any type
type RunReader = { read(): Promise<{ done: boolean; value?: RunStreamEvent | undefined }>; cancel(): Promise<void> };
type Options = {
  converter?: ResponseStreamConverter;
  /** Called with each event of the run before it is converted. What it streams through the context comes before that event. */
  observe?: (event: RunStreamEvent) => void;
  shown?: Shown;
  /** What is done with a run that waits for a person. @default `pauseRun` */
  pause?: () => Promise<void>;
};

/**
 * The events of a run as events of the chat: the model's output, and what tools stream through the context, in the order in which they
 * came.
 *
 * The run is stopped when the request is aborted, when the reader leaves, when a tool has set `context.clientToolCall`, and when the
 * model has nothing to say. A run that waits for a person's approval is stored, and a widget asks for it. An answer that was cut off, at
 * the token limit or by a content filter, ends with a notice that says so.
 * @throws what the run throws. What was already shown is kept, with a notice that the answer broke off; after a tripped guardrail it is
 * removed.
 */
export function streamAgentResponse(
  context: AgentContext<any>, // any: the request context may be of any type
  result: Run,
  options: Options = {},
): AsyncGenerator<ThreadStreamEvent, void> {
  // If nobody else listens to this promise, its rejection would end the process.
  result.completed.catch(() => {});
  const response = new AgentResponse(context, result, options);
  return inBursts(() => response.bursts());
}

class AgentResponse {
  readonly #state: ResponseState;
  readonly #result: Run;
  readonly #reader: RunReader;
  readonly #observe: Options["observe"];
  readonly #pause: () => Promise<void>;
  readonly #outbox = new Outbox();
  /** Events of tools whose turn has not come: each comes `after` so many responses of the model. */
  readonly #waiting: { event: ThreadStreamEvent; after: number }[] = [];
  /** Set while a converter is awaited: events of tools wait meanwhile. */
  #isConverting = false;
  #isObserving = false;
  /** Set when the run was stopped because nothing more will come, not because somebody left. */
  #isOver = false;

  constructor(context: AgentContext, result: Run, options: Options) {
    this.#state = newState(context, options.converter ?? new ResponseStreamConverter(), options.shown);
    this.#pause = options.pause ?? (() => pauseRun(context, result));
    this.#observe = options.observe;
    this.#result = result;
    // A resumed run has the responses from before its pause.
    this.#state.responses = result.rawResponses.length;
    // Read as a ReadableStream, whose `cancel` does not wait; the SDK's type only names the iterator, whose `return` waits for the event
    // being read.
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

  /** Reads the run as fast as it goes into the outbox, where events wait for the reader. Never rejects. */
  async #pump(detach: () => void): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done || !value) break;
        if (isToolOutput(value)) await keepProgress(this.#state.context, this.#result);
        if (this.#observe) this.#observed(value);
        const events = foldRunEvent(this.#state, value);
        this.#push(events instanceof Promise ? await this.#converted(events) : events);
        if (this.#waiting.length > 0) this.#flush(this.#state.responses);
        if (isToolOutput(value) && this.#state.context.clientToolCall) this.#stop();
        if (this.#isSilent(value)) this.#end();
      }
      this.#flush(Infinity);
      if (!this.#result.cancelled || this.#isOver) this.#push(incompleteEnd(this.#state));
      if (!this.#result.cancelled && this.#result.interruptions.length > 0) await this.#pause();
      else if (!this.#result.cancelled) {
        this.#push(finalOutput(this.#state, this.#result));
        await dropProgress(this.#state.context, this.#result);
      }
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

  /** Whether the model has nothing to say. Not for an agent with a structured output: there the SDK asks the model again. */
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
   * Tools run when the model's response is complete, but its last events may not have been read yet. So an event of a tool waits until
   * all responses are read that the run had when it was streamed. What an observer streams need not wait: it is called while reading.
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
    // The refusal has already been shown, as the model's answer: that is no failure.
    if (error instanceof ModelRefusalError && produced.size > 0) return this.#outbox.close({});
    // An answer that was cut off is an error of the SDK with one API, and none with the other.
    const isCut = this.#state.incomplete !== undefined && error instanceof ModelBehaviorError;
    const events = endedEarly(this.#state);
    this.#push(isCut && !events.some(isNotice) ? [...events, ...incompleteEnd(this.#state)] : events);
    this.#outbox.close(isCut ? {} : { error });
  }

  /** The last events: those that end open items when the run was stopped half-way, else the call for the page to answer, if any. */
  async *#ending(): AsyncGenerator<ThreadStreamEvent, void> {
    const { context } = this.#state;
    if (this.#result.cancelled && !this.#isOver && !context.clientToolCall) return yield* endedEarly(this.#state);
    const open = context.workflowItem;
    // The open workflow is stored but not sent as done: the run after the page's answer will continue it.
    if (open) await persist(context.requestContext, () => context.store.addThreadItem(context.thread.id, open, context.requestContext));
    const call = clientToolCall(this.#state);
    if (call) yield call;
  }

  /** Continues the workflow that the last run left open: the last item, or the one before the page's answer. */
  async #continueWorkflow(): Promise<void> {
    const { context } = this.#state;
    // After a message of the user there is no open workflow: the store need not be asked.
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
