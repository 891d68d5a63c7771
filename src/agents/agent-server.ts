import { Runner, type Agent, type AgentInputItem, type RunState, type RunStreamEvent, type StreamedRunResult } from "@openai/agents";
import { ChatKitError } from "../errors.ts";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItem, UserMessageItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { ChatKitServer, type Ports } from "../server/chatkit-server.ts";
import type { RequestContext } from "../server/context.ts";
import { AgentContext } from "./agent-context.ts";
import { withInferenceOptions } from "./inference-options.ts";
import { modelError } from "./model-error.ts";
import type { ResponseStreamConverter } from "./response-stream-converter.ts";
import { streamAgentResponse } from "./stream-agent-response.ts";
import { ThreadItemConverter } from "./thread-item-converter.ts";
import { startTitle, type PendingTitle } from "./titles.ts";
import { ToolActivity, type ToolActivityMode } from "./tool-activity.ts";
import { RunCount } from "./usage.ts";

// any: an agent's context and output types are its author's business.
type AnyAgent = Agent<any, any>;

export type AgentServerOptions = {
  agent: AnyAgent;
  /** Thread items → model input. */
  converter?: ThreadItemConverter;
  /** What the model streams → ChatKit events. */
  streamConverter?: ResponseStreamConverter;
  /** How many of the thread's newest items the model sees. @default 100 */
  historyItems?: number;
  /** @default one that uses the configured models */
  runner?: Runner;
  /** Names new threads: by their first words, or by an agent of its own while the answer streams. @default true */
  title?: boolean | AnyAgent;
  /** How the use of tools is shown. @default "workflow" */
  toolActivity?: ToolActivityMode;
  /** Model calls of one answer. @default the SDK's, 10 */
  maxTurns?: number;
  /** Of a whole answer, milliseconds. @default 1800000 */
  timeoutMs?: number;
  /** Models a client may ask for in `inference_options.model`; others are ignored. @default none */
  models?: readonly string[];
};

const HISTORY_ITEMS = 100;
const TIMEOUT_MS = 1_800_000;

/**
 * A ChatKit server around one agent of the OpenAI Agents SDK; what a bare Agent is wrapped in.
 * @example
 * export default class extends AgentServer {
 *   constructor(ports) {
 *     super(ports, { agent, title: new Agent({ name: "Titles", instructions: "Name this chat in four words." }) });
 *   }
 * }
 */
export class AgentServer<C extends RequestContext = RequestContext> extends ChatKitServer<C> {
  readonly options: Readonly<AgentServerOptions>;
  readonly #runner: Runner;
  readonly #converter: ThreadItemConverter;

  constructor(ports: Ports<C>, options: AgentServerOptions) {
    super(ports);
    this.options = options;
    this.#runner = options.runner ?? new Runner();
    this.#converter = options.converter ?? new ThreadItemConverter();
  }

  override async *respond(thread: ThreadMetadata, message: UserMessageItem | null, context: C): AsyncGenerator<ThreadStreamEvent> {
    const title = startTitle({ thread, message, context, store: this.store, runner: this.#runner, wish: this.options.title ?? true });
    const [items, selected] = await Promise.all([
      this.store.recentItems(thread.id, this.options.historyItems ?? HISTORY_ITEMS, context),
      this.selectAgent(thread, message, context),
    ]);
    const agent = withInferenceOptions(selected, message?.inference_options, this.options.models);
    const chat = this.makeAgentContext(thread, context);
    chat.recentItems ??= items;
    yield* this.#answer(agent, await this.modelInput(items, thread, context), chat, title);
  }

  /** Who answers. Default: the agent of the options. */
  protected selectAgent(_thread: ThreadMetadata, _message: UserMessageItem | null, _context: C): AnyAgent | Promise<AnyAgent> {
    return this.options.agent;
  }

  /** What the model sees of the thread; `items` are its newest ones, oldest first. */
  protected modelInput(items: ThreadItem[], _thread: ThreadMetadata, context: C): Promise<AgentInputItem[]> {
    return this.#converter.toAgentInput(items, {
      store: this.store,
      requestContext: context,
      ...(this.attachmentStore && { attachmentStore: this.attachmentStore }),
    });
  }

  /** What the run's tools find by `agentContext(run)`. */
  protected makeAgentContext(thread: ThreadMetadata, context: C): AgentContext<C> {
    return new AgentContext({ thread, store: this.store, requestContext: context });
  }

  async *#answer(
    agent: AnyAgent,
    input: AgentInputItem[] | RunState<any, AnyAgent>,
    chat: AgentContext<C>,
    title?: PendingTitle,
  ): AsyncGenerator<ThreadStreamEvent> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.options.timeoutMs ?? TIMEOUT_MS);
    const signal = AbortSignal.any([chat.requestContext.signal, limit.signal]);
    const count = new RunCount(agent.name, this.logger);
    const activity = new ToolActivity(chat, this.options.toolActivity ?? "workflow", () => false);
    try {
      const { maxTurns } = this.options;
      const run = { stream: true as const, context: chat, signal, ...(maxTurns !== undefined && { maxTurns }) };
      const result: StreamedRunResult<any, AnyAgent> = await this.#runner.run(agent, input, run);
      count.result = result;
      const { streamConverter: converter } = this.options;
      const observe = (event: RunStreamEvent) => {
        count.observe(event);
        activity.observe(event);
      };
      const streaming = { observe, ...(converter && { converter }) };
      for await (const event of streamAgentResponse(chat, result, streaming)) yield activity.settled(event);
      if (limit.signal.aborted) throw new ChatKitError("model_timeout");
      await title?.ready();
      count.end(signal.aborted ? "cancelled" : result.interruptions.length > 0 ? "paused" : "completed");
    } catch (error) {
      count.end(signal.aborted ? "cancelled" : "failed");
      throw limit.signal.aborted ? new ChatKitError("model_timeout", { cause: error }) : modelError(error);
    } finally {
      clearTimeout(timer);
      count.end("cancelled");
    }
  }
}
