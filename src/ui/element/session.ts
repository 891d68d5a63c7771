import type { Attachment, ChatKitOptions, Entity } from "@openai/chatkit";
import type { Action } from "../../protocol/actions.ts";
import type { UserMessageInput } from "../../protocol/input.ts";
import { Connection } from "./client/connection.ts";
import { Composer } from "./composer/composer.ts";
import { Drafts } from "./composer/drafts.ts";
import { Threads } from "./history/threads.ts";
import type { Locale } from "./locale/texts.ts";
import { Chat } from "./thread/chat.ts";
import type { Emit } from "./thread/emit.ts";
import type { ActionSource } from "./views/context.ts";

type SessionPorts = {
  options: () => ChatKitOptions;
  locale: () => Locale;
  emit: Emit;
  changed: () => void;
  field: () => HTMLTextAreaElement | null;
  /** Called when another thread is shown, or a message was sent. */
  moved: () => void;
};

/** The server's address when the page gives only `getClientSecret`: `chatkit` beside the script that this file is built into. */
const OWN_URL = new URL("../chatkit", import.meta.url).href;

/** One element's session with one server: the thread that is shown, threads whose answers go on in the background, and the list of all. */
export class Session {
  chat: Chat;
  readonly connection: Connection;
  readonly threads: Threads;
  readonly composer: Composer;
  /** Why a request takes so long. */
  trouble: string | undefined;
  /** The last whole message of the assistant, to be read out. */
  announced = "";
  /** Why the thread that was asked for is not shown. */
  loadProblem: string | undefined;
  /** Threads with an answer that is still being written. */
  readonly #answering = new Map<string, Chat>();
  /** Settles when the thread that is being opened is there, or cannot be. */
  opened: Promise<void> = Promise.resolve();

  constructor(private readonly ports: SessionPorts) {
    const { options, locale, changed, emit, field } = ports;
    const onTrouble = (trouble: "offline" | "repeating" | undefined) => {
      this.trouble = trouble && locale().say(trouble);
      if (trouble) emit("chatkit.log", { name: `request.${trouble}` });
      changed();
    };
    this.connection = new Connection(() => ({ api: options().api, ownUrl: OWN_URL, locale: locale().tag, onTrouble }));
    this.threads = new Threads(this.connection, changed);
    const drafts = new Drafts(this.connection.url);
    const submit = (input: UserMessageInput, attachments: readonly Attachment[]) => void this.send(input, attachments);
    const newThread = () => void this.show(undefined);
    this.composer = new Composer({ options, connection: () => this.connection, drafts: () => drafts, say: () => locale().say, emit, changed, submit, newThread, field });
    this.chat = this.#newChat();
    this.composer.enter(undefined);
  }

  /** Shows a thread, or a new one. @throws RequestFailed */
  async show(threadId: string | undefined): Promise<void> {
    const { emit, moved } = this.ports;
    if (threadId !== undefined && threadId === this.chat.threadId) return;
    const { chat } = this;
    if (chat.threadId !== undefined && chat.isAnswering) this.#answering.set(chat.threadId, chat);
    const answering = threadId === undefined ? undefined : this.#answering.get(threadId);
    if (answering && !answering.isAnswering) this.#answering.delete(threadId!);
    this.chat = answering?.isAnswering ? answering : this.#newChat();
    this.loadProblem = undefined;
    this.composer.enter(threadId);
    moved();
    emit("chatkit.thread.change", { threadId: threadId ?? null });
    this.opened = Promise.resolve();
    if (threadId === undefined || this.chat === answering) return;
    const loading = this.chat;
    const opening = loading.load(threadId);
    this.opened = opening.catch(() => {});
    try {
      await opening;
    } catch (error) {
      if (this.chat === loading) this.loadProblem = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      if (this.chat === loading) moved();
    }
  }

  async send(input: UserMessageInput, attachments: readonly Attachment[]): Promise<void> {
    const { chat } = this;
    const sent = chat.send(input, attachments);
    this.ports.moved();
    await sent;
    if (chat.threadId !== undefined) this.#answering.delete(chat.threadId);
  }

  async act(action: Action, { item, handler, streaming }: ActionSource): Promise<void> {
    const { widgets } = this.ports.options();
    const isStreaming = streaming !== false;
    // Only one answer at a time: while one is being written, an action that would start another does nothing.
    if (handler !== "client") return isStreaming && this.chat.isAnswering ? undefined : this.chat.act(action, item.id, isStreaming);
    // The types of `@openai/chatkit` know fewer widgets and payloads than the protocol has.
    type OnAction = NonNullable<NonNullable<typeof widgets>["onAction"]>;
    const [sent, widget] = [action as Parameters<OnAction>[0], item.widget as Parameters<OnAction>[1]["widget"]];
    await widgets?.onAction?.(sent, { id: item.id, widget });
  }

  async rename(id: string, title: string): Promise<void> {
    if ((await this.threads.rename(id, title)) && id === this.chat.threadId) this.chat.rename(title);
  }

  async remove(id: string): Promise<void> {
    if ((await this.threads.delete(id)) && id === this.chat.threadId) await this.show(undefined);
  }

  openEntity(entity: Entity): void {
    this.ports.options().entities?.onClick?.(entity);
  }

  /** Ends all requests: the element has left the page. */
  close(): void {
    for (const chat of [this.chat, ...this.#answering.values()]) chat.close();
    this.composer.dictation.cancel();
    this.composer.uploads.clear();
  }

  #newChat(): Chat {
    const { options, emit, changed } = this.ports;
    const isShown = () => this.chat === chat;
    const chat: Chat = new Chat({
      connection: this.connection,
      emit,
      created: (threadId) => {
        // It was left before it had an id.
        if (!isShown()) return void this.#answering.set(threadId, chat);
        this.composer.moveDraft(threadId);
        emit("chatkit.thread.change", { threadId });
      },
      received: () => this.composer.ports.drafts().received(),
      changed: () => isShown() && changed(),
      said: (text) => isShown() && (this.announced = text),
      clientTool: () => options().onClientTool,
      unsent: (input) => isShown() && this.composer.restore(input),
    });
    return chat;
  }
}
