import type { ChatKitOptions } from "@openai/chatkit";
import type { Action } from "../../../protocol/actions.ts";
import type { Attachment } from "../../../protocol/attachments.ts";
import type { SentEvent } from "../../../protocol/events.ts";
import type { UserMessageInput } from "../../../protocol/input.ts";
import type { ClientToolCallItem, ThreadItem, UserMessageItem } from "../../../protocol/items.ts";
import type { StreamingRequest } from "../../../protocol/requests.ts";
import type { StructuredInputSubmission } from "../../../protocol/structured-input.ts";
import type { Page, Thread } from "../../../protocol/thread.ts";
import type { Connection } from "../client/connection.ts";
import { RequestFailed } from "../client/request-failed.ts";
import type { Emit } from "./emit.ts";
import * as states from "./state.ts";

const PAGE_ITEMS = 50;
/** In characters: of a longer message, the beginning is read out. */
const MOST_SAID = 10_000;

type ChatPorts = {
  connection: Connection;
  emit: Emit;
  /** Called when a new thread has got its id. */
  created: (threadId: string) => void;
  /** Called when the server has stored a message of the person. */
  received: () => void;
  /** Called after every change of what is shown. */
  changed: () => void;
  /** Called with each whole message of the assistant, to be announced to screen readers. */
  said: (text: string) => void;
  clientTool: () => ChatKitOptions["onClientTool"];
  /** Called with a message that was stopped before the server received it. */
  unsent: (input: UserMessageInput) => void;
};

type Run = { type: StreamingRequest["type"]; params: object };

/** One open thread: its state, and what the person can do in it. Its answer goes on while another thread is shown. */
export class Chat {
  state: states.ThreadState = states.EMPTY_STATE;
  isLoading = false;
  /** Requests, each with the page's tool that its answer calls; the first of them are streams that have not ended. */
  readonly #running = new Set<AbortController>();
  readonly #streaming = new Set<AbortController>();
  /** Calls that came in a stream of this chat. Those that were loaded are another tab's, or of before a reload. */
  readonly #newCalls = new Set<string>();
  #last: Run | undefined;

  constructor(private readonly ports: ChatPorts) {}

  get threadId(): string | undefined {
    return this.state.head?.id;
  }

  get isAnswering(): boolean {
    return this.#running.size > 0;
  }

  /** Whether the thread itself is not here yet. */
  get isOpening(): boolean {
    return this.isLoading && this.state.head === undefined;
  }

  /** Loads a thread with its newest items. @throws RequestFailed */
  async load(threadId: string): Promise<void> {
    this.isLoading = true;
    this.ports.changed();
    this.ports.emit("chatkit.thread.load.start", { threadId });
    try {
      this.state = states.stateOf(...(await this.#fetch(threadId)));
    } finally {
      this.isLoading = false;
      this.ports.changed();
    }
    this.ports.emit("chatkit.thread.load.end", { threadId });
  }

  /** Loads the thread again. */
  async refresh(): Promise<void> {
    if (this.threadId === undefined || this.#streaming.size > 0) return;
    this.#show(states.refreshed(this.state, ...(await this.#fetch(this.threadId))));
  }

  async loadOlder(): Promise<void> {
    const { older } = this.state;
    if (older === undefined || this.isLoading) return;
    this.isLoading = true;
    try {
      const page = await this.ports.connection.ask<Page<ThreadItem>>("items.list", {
        thread_id: this.threadId,
        order: "desc",
        limit: PAGE_ITEMS,
        after: older,
      });
      this.state = states.withOlder(this.state, page);
    } finally {
      this.isLoading = false;
      this.ports.changed();
    }
  }

  /** @param attachments those that `input` names, to be shown until the server confirms the message */
  async send(input: UserMessageInput, attachments: readonly Attachment[]): Promise<void> {
    const created_at = new Date().toISOString();
    const { content, quoted_text, inference_options } = input;
    const id = `local-${crypto.randomUUID()}`;
    const message: UserMessageItem = { type: "user_message", id, thread_id: this.threadId ?? "", created_at, content, attachments: [...attachments], quoted_text, inference_options };
    this.#show(states.sending(this.state, message));
    await this.#run(this.#sendRun(input));
    if (this.state.failure || !this.state.items.some((item) => item.id === id)) return;
    this.#show({ ...this.state, items: this.state.items.filter((item) => item.id !== id) });
    this.ports.unsent(input);
  }

  /** Has the answer to a message of the person written again. */
  async retryAfter(itemId: string): Promise<void> {
    this.#show(states.cutAfter(this.state, itemId));
    await this.#run({ type: "threads.retry_after_item", params: { thread_id: this.threadId, item_id: itemId } });
  }

  /** After a failure: sends the unsent message again, or else has the answer written again. */
  async tryAgain(): Promise<void> {
    const last = this.#last;
    const isUnsent = this.state.items.some(states.isLocal);
    const message = this.state.items.findLast(({ type }) => type === "user_message");
    const isOwn = last?.type === "threads.custom_action" || (last?.type === "threads.add_structured_input" && this.#isAsking());
    if (last && (isUnsent || isOwn || !message)) {
      const input = (last.params as { input?: UserMessageInput }).input;
      await this.#run(isUnsent && input ? this.#sendRun(input) : last);
    } else if (message) await this.retryAfter(message.id);
  }

  async answer(itemId: string, input: StructuredInputSubmission): Promise<void> {
    await this.#run({ type: "threads.add_structured_input", params: { thread_id: this.threadId, item_id: itemId, input } });
  }

  /** @param itemId the widget that the action came from */
  async act(action: Action, itemId: string | undefined, isStreaming = true): Promise<void> {
    const { threadId } = this;
    if (threadId === undefined) throw new Error("There is no thread yet for this action.");
    const params = { thread_id: threadId, ...(itemId !== undefined && { item_id: itemId }), action };
    if (isStreaming) return this.#run({ type: "threads.custom_action", params });
    const { updated_item: item } = await this.ports.connection.ask<{ updated_item?: ThreadItem }>("threads.sync_custom_action", params);
    if (item) this.#take({ type: "thread.item.replaced", item });
  }

  async feedback(itemIds: string[], kind: "positive" | "negative"): Promise<void> {
    await this.ports.connection.ask("items.feedback", { thread_id: this.threadId, item_ids: itemIds, kind });
  }

  /** Call when the title was changed in the list of threads. */
  rename(title: string): void {
    if (this.state.head) this.#show({ ...this.state, head: { ...this.state.head, title } });
  }

  stop(): void {
    for (const running of this.#running) running.abort();
  }

  /** The element has left the page. A tool of the page that runs may be why, and the server still hears of its result. */
  close(): void {
    for (const running of this.#streaming) running.abort();
  }

  async #fetch(threadId: string): Promise<[Thread, Page<ThreadItem>]> {
    const { connection } = this.ports;
    const newest = { thread_id: threadId, order: "desc", limit: PAGE_ITEMS };
    return Promise.all([connection.ask<Thread>("threads.get_by_id", { thread_id: threadId }), connection.ask<Page<ThreadItem>>("items.list", newest)]);
  }

  #sendRun(input: UserMessageInput): Run {
    if (this.threadId === undefined) return { type: "threads.create", params: { input } };
    return { type: "threads.add_user_message", params: { thread_id: this.threadId, input } };
  }

  #isAsking(): boolean {
    return this.state.items.some((item) => item.type === "structured_input" && item.status === "pending");
  }

  async #run(run: Run): Promise<void> {
    const { connection, emit } = this.ports;
    const running = new AbortController();
    this.#last = run;
    this.#running.add(running);
    this.#streaming.add(running);
    this.#show(states.started(this.state));
    emit("chatkit.response.start");
    try {
      for await (const event of connection.stream(run.type, run.params, running.signal)) this.#take(event);
    } catch (error) {
      if (!running.signal.aborted) await this.#broken(error);
    }
    this.#streaming.delete(running);
    const call = running.signal.aborted || this.state.failure ? undefined : this.#nextCall();
    if (!call) this.#running.delete(running);
    this.#show(states.ended(this.state));
    emit("chatkit.response.end");
    if (call) await this.#callClientTool(call, running);
  }

  /** Shows the server's error. After a broken stream, loads the thread again: the server has more than was received. */
  async #broken(error: unknown): Promise<void> {
    this.ports.emit("chatkit.error", { error: error instanceof Error ? error : new Error(String(error)) });
    const isRefused = error instanceof RequestFailed;
    if (!isRefused && this.threadId !== undefined) {
      const loaded = await this.#fetch(this.threadId).catch(() => undefined);
      if (loaded) this.state = states.refreshed(this.state, ...loaded);
    }
    const canRetry = !isRefused || error.status === 0 || error.status === 429 || error.status >= 500;
    this.#show(states.failed(this.state, { message: isRefused && error.status !== 0 ? error.message : undefined, canRetry }));
  }

  #take(event: SentEvent): void {
    const { emit } = this.ports;
    this.#show(states.reduce(this.state, event));
    if ("item" in event && event.item.type === "client_tool_call") this.#newCalls.add(event.item.id);
    if ("item" in event && event.item.type === "user_message") this.ports.received();
    if (event.type === "thread.item.done" && event.item.type === "assistant_message") this.ports.said(event.item.content.map(({ text }) => text).join("\n").slice(0, MOST_SAID));
    if (event.type === "client_effect") emit("chatkit.effect", { name: event.name, data: event.data });
    else if (event.type === "thread.created") this.ports.created(event.thread.id);
    else if (event.type === "error") emit("chatkit.error", { error: new Error(event.message ?? event.code) });
  }

  /** Each call is handed to the page only once: it may have side effects. */
  #nextCall(): ClientToolCallItem | undefined {
    const call = this.state.items.findLast((item): item is ClientToolCallItem => item.type === "client_tool_call" && item.status === "pending");
    return call && this.#newCalls.delete(call.id) ? call : undefined;
  }

  /** The answer goes on as long as the page's tool: until then no other message is sent, and the person can stop it. */
  async #callClientTool(call: ClientToolCallItem, running: AbortController): Promise<void> {
    const stopped = new Promise<void>((resolve) => running.signal.addEventListener("abort", () => resolve()));
    const result = await Promise.race([this.#resultOf(call), stopped]);
    this.#running.delete(running);
    if (running.signal.aborted) return this.ports.changed();
    this.#show({ ...this.state, items: this.state.items.map((item) => (item.id === call.id ? { ...call, status: "completed", output: result } : item)) });
    await this.#run({ type: "threads.add_client_tool_output", params: { thread_id: this.threadId, result } });
  }

  async #resultOf({ name, arguments: params }: ClientToolCallItem): Promise<unknown> {
    const handler = this.ports.clientTool();
    try {
      if (!handler) throw new Error(`This page has no client tool, so "${name}" cannot run.`);
      return (await handler({ name, params })) ?? {};
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.ports.emit("chatkit.error", { error });
      return { error: error.message };
    }
  }

  #show(state: states.ThreadState): void {
    this.state = state;
    this.ports.changed();
  }
}
