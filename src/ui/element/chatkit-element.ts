import type { ChatKitOptions, OpenAIChatKit } from "@openai/chatkit";
import { LitElement, html, nothing, type PropertyValues } from "lit";
import type { UserMessageInput } from "../../protocol/input.ts";
import { composerView } from "./composer/composer-view.ts";
import { composerStyles } from "./composer/styles.ts";
import { historyView, type HistoryProps } from "./history/history-view.ts";
import { historyStyles } from "./history/styles.ts";
import { iconStyles } from "./icons/index.ts";
import { deepLink } from "./deep-link.ts";
import { ENGLISH, findLocale, type Locale } from "./locale/texts.ts";
import { markdownStyles } from "./markdown/index.ts";
import { Session } from "./session.ts";
import { baseStyles } from "./theme/base-styles.ts";
import { applyProperties, loadFonts, themeOf, type Theme } from "./theme/theme.ts";
import type { Emit } from "./thread/emit.ts";
import type { ViewContext } from "./views/context.ts";
import { EntityPreview } from "./views/entity-preview.ts";
import { greetingView, headerView, promptsView } from "./views/frame.ts";
import { frameStyles } from "./views/frame-styles.ts";
import { richText } from "./views/rich-text.ts";
import { QuoteButton } from "./views/quote-button.ts";
import { Scroller } from "./views/scroller.ts";
import { symbol } from "./views/symbol.ts";
import { threadStyles } from "./views/thread-styles.ts";
import { questionStyles } from "./views/question-styles.ts";
import { threadView } from "./views/thread-view.ts";
import { workflowStyles } from "./views/workflow-styles.ts";

type Methods = Omit<OpenAIChatKit, keyof HTMLElement>;
type Message = Parameters<OpenAIChatKit["sendUserMessage"]>[0];

/** `<openai-chatkit>`: see the types of `@openai/chatkit` for what each option, method and event is. */
export class ChatKitElement extends LitElement implements Methods {
  static override styles = [baseStyles, iconStyles, markdownStyles, frameStyles, threadStyles, workflowStyles, questionStyles, composerStyles, historyStyles];
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: false };

  #options: ChatKitOptions | undefined;
  #theme: Theme = themeOf(undefined);
  #locale: Locale = ENGLISH;
  #session: Session | undefined;
  #context: ViewContext | undefined;
  #scroller = new Scroller(() => this.renderRoot?.querySelector(".scroll") ?? null, { changed: () => this.#changed(), loadOlder: () => void this.#session?.chat.loadOlder() });
  #quote = new QuoteButton({ changed: () => this.#changed(), quote: (text) => this.#session?.composer.setQuote(text) });
  #preview = new EntityPreview({ options: () => this.#options!, changed: () => this.#changed(), failed: (error) => this.#emit("chatkit.error", { error }) });
  #isHistoryOpen = false;
  #editing: HistoryProps["editing"];
  #isDropping = false;
  #frame: number | undefined;
  readonly #ready = Promise.withResolvers<void>();
  #emit: Emit = (...[name, detail]) => void this.dispatchEvent(new CustomEvent(name, { detail }));

  /** @throws TypeError for options without an `api` */
  setOptions(options: ChatKitOptions): void {
    if (!hasApi(options)) throw new TypeError("setOptions needs an api with a url, or with getClientSecret");
    const before = this.#options;
    this.#options = options;
    this.#theme = themeOf(options.theme);
    loadFonts(this.#theme.fonts);
    this.#context = undefined;
    if (before && urlOf(before) !== urlOf(options)) {
      this.#session?.close();
      this.#session = undefined;
    }
    if (options.history?.enabled === false) this.#setHistory(false);
    setTimeout(() => void this.#begin(before === undefined), 0);
  }

  async focusComposer(): Promise<void> {
    await this.#whenReady();
    await this.updateComplete;
    this.#field()?.focus();
  }

  async setThreadId(threadId: string | null): Promise<void> {
    const session = await this.#whenReady();
    this.#setHistory(false);
    await session.show(threadId ?? undefined);
  }

  async sendCustomAction(action: { type: string; payload?: Record<string, unknown> }, itemId?: string): Promise<void> {
    await (await this.#whenReady()).chat.act(action, itemId);
  }

  async sendUserMessage({ text = "", content, reply, attachments = [], newThread = false, toolChoice, model }: Message): Promise<void> {
    const session = await this.#whenReady();
    if (newThread) await session.show(undefined);
    await session.opened;
    if (session.chat.isAnswering) throw new Error("The answer to the last message is still being written.");
    const input = {
      content: (content ?? [{ type: "input_text", text }]) as UserMessageInput["content"],
      attachments: attachments.map(({ id }) => id),
      ...(reply !== undefined && { quoted_text: reply }),
      inference_options: { ...(toolChoice && { tool_choice: toolChoice }), ...(model !== undefined && { model }) },
    };
    void session.send(input, attachments);
  }

  async setComposerValue(value: Parameters<OpenAIChatKit["setComposerValue"]>[0]): Promise<void> {
    await (await this.#whenReady()).composer.set(value);
  }

  async showHistory(): Promise<void> {
    await this.#whenReady();
    this.#setHistory(true);
  }

  async hideHistory(): Promise<void> {
    await this.#whenReady();
    this.#setHistory(false);
  }

  async fetchUpdates(): Promise<void> {
    const session = await this.#whenReady();
    await Promise.all([session.chat.refresh(), ...(this.#isHistoryOpen ? [session.threads.reload()] : [])]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // React and others move elements within the page: only one that is not put back is closed.
    setTimeout(() => !this.isConnected && this.#session?.close(), 0);
  }

  /** Renders with the next frame, however many changes come before it. */
  #changed(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.requestUpdate();
    });
  }

  async #begin(isFirst: boolean): Promise<void> {
    const options = this.#options!;
    const locale = await findLocale(options.locale);
    // Of a language that comes late, other options may have been set meanwhile.
    if (this.#options?.locale === options.locale) this.#locale = locale;
    this.#context = undefined;
    const hadSession = this.#session !== undefined;
    const session = (this.#session ??= this.#newSession());
    this.requestUpdate();
    await this.updateComplete;
    // A page may add its listeners after it has called `setOptions`, as React does: events raised by that call wait for the next task.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (isFirst) {
      this.#emit("chatkit.ready");
      this.#ready.resolve();
    }
    // Another server has none of the threads of the one before.
    if (!hadSession && !isFirst && !options.initialThread) this.#emit("chatkit.thread.change", { threadId: null });
    if (!hadSession && options.initialThread) await session.show(options.initialThread).catch((error: unknown) => this.#emit("chatkit.error", { error: error as Error }));
  }

  /** The session, once the options are set; the new one if they have been changed to another server meanwhile. */
  async #whenReady(): Promise<Session> {
    await this.#ready.promise;
    return (this.#session ??= this.#newSession());
  }

  #newSession(): Session {
    return new Session({
      options: () => this.#options!,
      locale: () => this.#locale,
      emit: this.#emit,
      changed: () => this.#changed(),
      field: () => this.#field(),
      moved: () => (this.#scroller.reset(), this.#changed()),
    });
  }

  #field(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector<HTMLTextAreaElement>(".field textarea");
  }

  #focus(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  /** Created again when options or language change, so that all items are rendered again. */
  #viewContext(session: Session): ViewContext {
    return (this.#context ??= {
      options: this.#options!,
      say: this.#locale.say,
      locale: this.#locale,
      act: (action, source) => session.act(action, source),
      answer: (itemId, input) => session.chat.answer(itemId, input),
      retryAfter: (itemId) => void session.chat.retryAfter(itemId),
      tryAgain: () => void session.chat.tryAgain(),
      feedback: (ids, kind) => session.chat.feedback(ids, kind),
      openLink: (href) => deepLink(href, this.#emit),
      openEntity: (entity) => session.openEntity(entity),
      previewEntity: (on) => (on ? this.#preview.enter(on.entity, on.at) : this.#preview.leave()),
      failed: (error) => this.#emit("chatkit.error", { error }),
    });
  }

  #setHistory(isOpen: boolean): void {
    if (isOpen === this.#isHistoryOpen || (isOpen && this.#options!.history?.enabled === false)) return;
    this.#isHistoryOpen = isOpen;
    this.#editing = undefined;
    if (isOpen) void this.#session!.threads.reload();
    this.#emit(isOpen ? "chatkit.history.open" : "chatkit.history.close");
    this.requestUpdate();
    void this.updateComplete.then(() => this.#focus(isOpen ? ".search input" : hasScreenKeyboard() ? "header [aria-expanded]" : ".field textarea"));
  }

  protected override willUpdate(): void {
    const state = this.#session?.chat.state;
    if (state) this.#scroller.before(state.items.length);
  }

  protected override updated(_changed: PropertyValues): void {
    this.dataset["scheme"] = this.#theme.scheme;
    applyProperties(this, this.#theme.properties);
    const session = this.#session;
    if (!session) return;
    for (const floating of [this.#quote, this.#preview]) floating.place(this.renderRoot.querySelector(".frame"));
    const { state, isAnswering } = session.chat;
    this.#scroller.after(isAnswering && this.#options?.thread?.autoScroll === true, state.items[this.#scroller.first]?.id);
  }

  protected override render() {
    const session = this.#session;
    if (!session || !this.#options) return nothing;
    const { tag, direction } = this.#locale;
    const { frameTitle = "Chat" } = this.#options;
    return html`<section class="frame" lang=${tag} dir=${direction} aria-label=${frameTitle} @dragover=${this.#onDrag} @dragleave=${this.#onDrag} @drop=${this.#onDrag} @pointerup=${this.#onSelect} @keyup=${this.#onSelect}>
      ${this.#header(session)} ${this.#stage(session)}
      ${this.#isHistoryOpen ? historyView(this.#historyProps(session)) : nothing}
      ${this.#quote.render(this.#locale.say)} ${this.#preview.render(this.#viewContext(session))}
      ${this.#isDropping ? html`<div class="drop">${symbol("attach")}${this.#locale.say("dropFiles")}</div>` : nothing}
      <p class="said-only" role="status" aria-live="polite">${session.announced}</p>
    </section>`;
  }

  #header(session: Session) {
    return headerView({
      options: this.#options!,
      say: this.#locale.say,
      title: session.chat.state.head?.title,
      isHistoryOpen: this.#isHistoryOpen,
      newThread: () => void this.#openThread(undefined),
      toggleHistory: () => this.#setHistory(!this.#isHistoryOpen),
    });
  }

  #stage(session: Session) {
    const options = this.#options!;
    const { say } = this.#locale;
    const { state, isAnswering, isLoading } = session.chat;
    const isStart = state.items.length === 0 && !isLoading && !isAnswering && session.loadProblem === undefined && !state.failure;
    const isClosed = state.head?.status.type === "closed" || state.head?.status.type === "locked";
    const context = this.#viewContext(session);
    return html`<div class="stage ${isStart ? "start" : ""}" ?inert=${this.#isHistoryOpen}>
      <div class="scroll" tabindex=${isStart ? -1 : 0} role="region" aria-label=${say("conversation")} @scroll=${() => this.#scroller.scrolled()}>
        <div class="column">
          ${isStart ? greetingView(options, say) : nothing} ${isLoading ? html`<p class="empty" role="status"><span class="spinner"></span><span class="said-only">${say("loading")}</span></p>` : nothing}
          ${session.loadProblem === undefined ? nothing : html`<div class="notice danger" role="alert">${symbol("warning")}<p>${session.loadProblem}</p></div>`}
          ${threadView({ state, isAnswering, trouble: session.trouble, context, first: this.#scroller.first })}
        </div>
      </div>
      <div class="dock">
        ${this.#scroller.isAway && !isStart ? html`<button type="button" class="pill" aria-label=${say("newBelow")} @click=${() => this.#scroller.toEnd()}>${symbol("down")}${this.#scroller.hasNew ? say("newBelow") : nothing}</button>` : nothing}
        ${isClosed ? this.#closedLine(session) : composerView(session.composer, { isAnswering, isOpening: session.chat.isOpening, canStop: state.canStop, isDisabled: false, stop: () => (session.chat.stop(), this.#field()?.focus()) })}
        ${isStart ? promptsView(options, (prompt) => void this.sendUserMessage(typeof prompt === "string" ? { text: prompt } : { content: prompt })) : nothing}
        ${options.disclaimer ? html`<div class="disclaimer ${options.disclaimer.highContrast ? "strong" : ""}">${richText(options.disclaimer.text, { context })}</div>` : nothing}
      </div>
    </div>`;
  }

  #closedLine({ chat: { state } }: Session) {
    const status = state.head!.status;
    const reason = status.type === "active" ? undefined : status.reason;
    return html`<p class="closed" role="status">${symbol("lock")}${reason ?? this.#locale.say(status.type === "locked" ? "threadLocked" : "threadClosed")}</p>`;
  }

  #historyProps(session: Session): HistoryProps {
    return {
      threads: session.threads,
      option: this.#options!.history ?? {},
      locale: this.#locale,
      currentId: session.chat.threadId,
      editing: this.#editing,
      edit: (editing) => {
        this.#editing = editing;
        this.requestUpdate();
        void this.updateComplete.then(() => this.#focus(".row [autofocus]"));
      },
      open: (id) => void this.#openThread(id),
      close: () => this.#setHistory(false),
      rename: (id, title) => void session.rename(id, title).then(() => ((this.#editing = undefined), this.requestUpdate())),
      remove: (id) => void session.remove(id).then(() => ((this.#editing = undefined), this.requestUpdate())),
    };
  }

  async #openThread(id: string | undefined): Promise<void> {
    this.#setHistory(false);
    if (!hasScreenKeyboard()) this.#field()?.focus();
    await this.#session!.show(id).catch((error: unknown) => this.#emit("chatkit.error", { error: error as Error }));
  }

  #onSelect = (event: Event): void => {
    const frame = event.currentTarget as HTMLElement;
    // At `pointerup` the browser still has the old selection: it is cleared just after.
    setTimeout(() => this.#quote.look(frame), 0);
  };

  #onDrag = (event: DragEvent): void => {
    if (!this.#options?.composer?.attachments?.enabled || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    // The pointer goes from one part of the frame to another.
    if (event.type === "dragleave" && (event.currentTarget as Element).contains(event.relatedTarget as Element | null)) return;
    this.#isDropping = event.type === "dragover";
    if (event.type === "drop") this.#session?.composer.attach(event.dataTransfer.files);
    this.requestUpdate();
  };
}

function hasApi(options: Partial<ChatKitOptions> | null | undefined): boolean {
  const api = options?.api;
  return typeof api === "object" && api !== null && ("url" in api || "getClientSecret" in api);
}

/** Whether the focus in the text field would open a keyboard on the screen: there it is the person who puts it there. */
const hasScreenKeyboard = () => matchMedia("(pointer: coarse)").matches;

const urlOf = ({ api }: ChatKitOptions) => ("url" in api ? api.url : "");
