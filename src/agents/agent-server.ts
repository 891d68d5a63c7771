/**
 * Agents: the OpenAI Agents SDK is used in this room. A thread becomes model input (`input/`), a run is started (`stream-run.ts`), and its
 * events become events of the chat (`response/`). These are never stored here: the server's pipeline does that.
 */
import type { Agent, AgentInputItem, Runner } from "@openai/agents";
import type { Action } from "../protocol/actions.ts";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { InferenceOptions } from "../protocol/input.ts";
import type { ThreadItem, UserMessageItem, WidgetItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { ChatKitServer, type Ports } from "../server/chatkit-server.ts";
import { askedBy, type RequestContext } from "../server/context.ts";
import { parseAction } from "../server/parse-action.ts";
import { AgentContext } from "./agent-context.ts";
import { ALREADY_DECIDED, hasMovedOn } from "./approvals/approval-decision.ts";
import { answeredWidget, APPROVAL_ACTION, approvalPayload, asksAbout, outcomeOf, type ApprovalPayload } from "./approvals/approval-widget.ts";
import { agentToContinue, reachableFrom, tellHandoffsApart, withLastAgent } from "./handoffs.ts";
import { tellToolsApart } from "./mcp/distinct-tools.ts";
import { withInferenceOptions } from "./models/inference-options.ts";
import { answeringRunner } from "./models/model-provider.ts";
import { NoLongerOpen, resumeRun, Stopped } from "./approvals/pause-run.ts";
import type { ResponseStreamConverter } from "./response/response-stream-converter.ts";
import { streamRun, type RunSettings } from "./stream-run.ts";
import { ThreadItemConverter } from "./input/thread-item-converter.ts";
import { startTitle, titleAgent } from "./titles.ts";
import type { ToolActivityMode } from "./activity/tool-activity.ts";

// any: an agent may have any context and output type.
type AnyAgent = Agent<any, any>;

export type AgentServerOptions = {
  agent: AnyAgent;
  /** Turns items of the thread into model input. @default `ThreadItemConverter` */
  converter?: ThreadItemConverter;
  /** Turns images and citations of the model into what items hold. @default `ResponseStreamConverter` */
  streamConverter?: ResponseStreamConverter;
  /** How many of the thread's newest items the model sees. @default 100 */
  historyItems?: number;
  /** @default one that uses the configured models */
  runner?: Runner;
  /**
   * How new threads get a title: true takes the first words of the message; an agent makes one while the answer streams; false gives none.
   * @default an agent with the `titleModel` of the ports, if there is one, else true
   */
  title?: boolean | AnyAgent;
  /** How the use of tools is shown. @default "workflow" */
  toolActivity?: ToolActivityMode;
  /** The most model calls of one answer. @default 10, the SDK's */
  maxTurns?: number;
  /** The agent that the next turn begins with: the server's own, or the one that a handoff has led to. @default "first_agent" */
  continueWith?: "first_agent" | "last_agent";
  /** The time limit of a whole answer, in milliseconds. @default 1800000 */
  timeoutMs?: number;
  /** Models a client may ask for in `inference_options.model`; others are ignored. @default none */
  models?: readonly string[];
};

const HISTORY_ITEMS = 100;
/** How many items to look through for the widget that asked: more than one answer can add before and after it. */
const ITEMS_SINCE_PAUSE = 200;

/**
 * A ChatKit server around an agent of the OpenAI Agents SDK. An agent module that exports a bare Agent gets one of these.
 * @example
 * export default class extends AgentServer {
 *   constructor(ports) {
 *     super(ports, { agent, models: ["gpt-5-mini", "gpt-5"], maxTurns: 20 });
 *   }
 * }
 */
export class AgentServer<C extends RequestContext = RequestContext> extends ChatKitServer<C> {
  readonly options: Readonly<AgentServerOptions>;
  readonly #runner: Runner;
  readonly #converter: ThreadItemConverter;
  readonly #title: boolean | AnyAgent;

  constructor(ports: Ports<C>, options: AgentServerOptions) {
    super(ports);
    this.options = options;
    this.#runner = options.runner ?? answeringRunner();
    this.#converter = options.converter ?? new ThreadItemConverter();
    this.#title = options.title ?? (ports.titleModel === undefined ? true : titleAgent(ports.titleModel));
  }

  override respond(thread: ThreadMetadata, message: UserMessageItem | null, context: C): AsyncGenerator<ThreadStreamEvent> {
    const { store, logger } = this;
    const title = startTitle({ thread, message, context, store, logger, runner: this.#runner, title: this.#title });
    return streamRun({ ...this.#settings, title }, async () => {
      const [items, selected] = await Promise.all([
        this.store.recentItems(thread.id, this.#historyItems, context),
        this.selectAgent(thread, message, context),
      ]);
      await tellApart(selected);
      const first = this.#continuesWithLast ? agentToContinue(selected, thread.metadata) : selected;
      const agent = withInferenceOptions(first, message?.inference_options ?? chosenBefore(items), this.options.models);
      const chat = this.makeAgentContext(thread, context);
      chat.recentItems ??= items;
      const input = await this.modelInput(items, thread, context);
      const options = { stream: true as const, context: chat, ...this.#limits };
      const onEnd = this.#rememberingLast(thread, selected);
      return { agent, chat, onEnd, start: (signal) => this.#runner.run(agent, input, { ...options, signal }) };
    });
  }

  /** Answers the buttons of an approval widget, and leaves every other action to `ChatKitServer`. */
  override action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: C): AsyncIterable<ThreadStreamEvent> {
    if (action.type !== APPROVAL_ACTION) return super.action(thread, action, sender, context);
    return this.#decide(thread, parseAction(action, approvalPayload), sender, context);
  }

  /** The agent that answers. Default: the one of the options. */
  protected selectAgent(_thread: ThreadMetadata, _message: UserMessageItem | null, _context: C): AnyAgent | Promise<AnyAgent> {
    return this.options.agent;
  }

  /** The input for the model. `items` are the newest items of the thread, oldest first. */
  protected modelInput(items: ThreadItem[], _thread: ThreadMetadata, context: C): Promise<AgentInputItem[]> {
    return this.#converter.toAgentInput(items, {
      store: this.store,
      requestContext: context,
      ...(this.attachmentStore && { attachmentStore: this.attachmentStore }),
    });
  }

  /** Makes the context that the run's tools get by `agentContext(run)`. */
  protected makeAgentContext(thread: ThreadMetadata, context: C): AgentContext<C> {
    return new AgentContext({ thread, store: this.store, requestContext: context, attachmentStore: this.attachmentStore });
  }

  async *#decide(thread: ThreadMetadata, given: ApprovalPayload, sender: WidgetItem | null, context: C): AsyncGenerator<ThreadStreamEvent> {
    const items = await this.store.recentItems(thread.id, ITEMS_SINCE_PAUSE, context);
    if (!sender || !asksAbout(sender.widget, given.call_id)) return yield ALREADY_DECIDED;
    if (hasMovedOn(items, sender)) return yield answered(sender, "No longer open");
    try {
      yield* this.#resumed(thread, given, sender, items, context);
    } catch (error) {
      if (!(error instanceof NoLongerOpen)) throw error;
      if (error.cause) this.logger.warn({ err: error.cause, thread_id: thread.id, ...askedBy(context) }, "a paused run cannot be resumed");
      yield answered(sender, error instanceof Stopped ? outcomeOf(sender.widget, { callId: given.call_id, approve: given.approve }) : "No longer open");
      yield { type: "notice", level: "warning", message: error.message };
    }
  }

  #resumed(thread: ThreadMetadata, { call_id: callId, approve }: ApprovalPayload, sender: WidgetItem, items: ThreadItem[], context: C) {
    return streamRun(this.#settings, async () => {
      // Chosen by the same message as before, so that it is the agent of the paused run.
      const message = items.findLast((item) => item.type === "user_message") ?? null;
      const selected = await this.selectAgent(thread, message, context);
      await tellApart(selected);
      const agent = withInferenceOptions(selected, message?.inference_options, this.options.models);
      const chat = this.makeAgentContext(thread, context);
      chat.recentItems ??= items;
      const options = { runner: this.#runner, audit: this.audit, ...this.#limits };
      const start = (signal: AbortSignal) => resumeRun(chat, agent, { callId, approve }, { ...options, signal });
      const onEnd = this.#rememberingLast(thread, selected);
      return { agent, chat, start, onEnd, first: answered(sender, outcomeOf(sender.widget, { callId, approve })) };
    });
  }

  get #continuesWithLast(): boolean {
    return this.options.continueWith === "last_agent";
  }

  #rememberingLast(thread: ThreadMetadata, root: AnyAgent): (last: AnyAgent | undefined) => void {
    return (last) => {
      if (this.#continuesWithLast) thread.metadata = withLastAgent(thread.metadata, root, last);
    };
  }

  get #historyItems(): number {
    return this.options.historyItems ?? HISTORY_ITEMS;
  }

  get #limits(): { maxTurns?: number } {
    return this.options.maxTurns === undefined ? {} : { maxTurns: this.options.maxTurns };
  }

  get #settings(): RunSettings {
    const { timeoutMs, toolActivity, streamConverter } = this.options;
    return { timeoutMs, toolActivity, streamConverter, logger: this.logger };
  }
}

/** Gives the tools and handoffs of the agent, and of all that it may hand over to, names of their own. */
async function tellApart(agent: AnyAgent): Promise<void> {
  tellHandoffsApart(agent);
  await Promise.all(reachableFrom(agent).map(tellToolsApart));
}

/** The model chosen for a turn that continues after the page's answer or a click. The chosen tool is left out: it has been called. */
function chosenBefore(items: readonly ThreadItem[]): InferenceOptions {
  const model = items.findLast((item) => item.type === "user_message")?.inference_options.model;
  return model === undefined ? {} : { model };
}

function answered(sender: WidgetItem, answer: Parameters<typeof answeredWidget>[1]): ThreadStreamEvent {
  return { type: "thread.item.replaced", item: { ...sender, widget: answeredWidget(sender.widget, answer) } };
}
