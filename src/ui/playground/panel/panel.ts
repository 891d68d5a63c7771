/**
 * The panel for developers, beside the chat page: what goes over the wire, what the server logs and stores, and options to try. It never
 * changes what is stored, and shows nothing of the server without its token.
 */
import type { ChatKitOptions } from "@openai/chatkit";
import { LitElement, html, nothing, type TemplateResult } from "lit";
import type { Admin, ConfigLine, LogLine, StoredThread } from "./admin.ts";
import { optionsView } from "./options-view.ts";
import type { Recorder } from "./recorder.ts";
import { configView, logView, runsView, threadView } from "./server-views.ts";
import { panelStyles } from "./styles.ts";
import { WidgetPreview } from "./widget-preview.ts";
import { WireView } from "./wire-view.ts";

const TABS = ["Wire", "Thread", "Runs", "Log", "Config", "Options", "Widget"] as const;
const LOG_EVERY_MS = 2000;

type PanelPorts = {
  recorder: Recorder;
  admin: Admin;
  server: string;
  threadId: () => string | undefined;
  openThread: (id: string) => void;
  options: () => Omit<ChatKitOptions, "api">;
  setOptions: (options: Omit<ChatKitOptions, "api">) => void;
};

export class DeveloperPanel extends LitElement {
  static override styles = panelStyles;

  ports!: PanelPorts;
  #tab: (typeof TABS)[number] = "Wire";
  #lines: readonly LogLine[] = [];
  #config: ConfigLine[] = [];
  #stored: StoredThread | undefined;
  #threads: { id: string; title?: string }[] = [];
  #user = "local";
  #problem: string | undefined;
  #onlyTroubles = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #widget: WidgetPreview | undefined;
  #wire: WireView | undefined;
  #frame: number | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", "Developer panel");
    this.ports.recorder.onChange = () => this.#tab === "Wire" && this.#changed();
    this.#timer = setInterval(() => (this.#tab === "Runs" || this.#tab === "Log") && void this.#load(), LOG_EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.ports.recorder.onChange = () => {};
  }

  /** Call after something has happened in the chat. */
  refresh(): void {
    if (this.#tab !== "Config" && this.#tab !== "Options" && this.#tab !== "Widget") void this.#load();
  }

  /** Renders with the next frame, however many events come before it. */
  #changed(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    return html`<nav role="tablist" aria-label="Developer panel" @keydown=${this.#onKey}>
        ${TABS.map((tab) => html`<button role="tab" id="tab-${tab}" aria-controls="body" aria-selected=${tab === this.#tab} tabindex=${tab === this.#tab ? 0 : -1} @click=${() => this.#open(tab)}>${tab}</button>`)}
      </nav>
      <div class="body" id="body" role="tabpanel" tabindex="0" aria-labelledby="tab-${this.#tab}">${this.#problem ? html`<p class="bad" role="alert">${this.#problem}</p>` : nothing}${this.#content()}</div>`;
  }

  #content() {
    const { recorder, options, setOptions, server } = this.ports;
    switch (this.#tab) {
      case "Wire":
        return (this.#wire ??= new WireView(recorder, () => this.#changed())).render();
      case "Runs":
        return runsView(this.#lines);
      case "Log":
        return logView(this.#lines, this.#onlyTroubles, () => ((this.#onlyTroubles = !this.#onlyTroubles), this.requestUpdate()));
      case "Config":
        return configView(this.#config);
      case "Thread":
        return this.#threadContent();
      case "Options":
        return optionsView({ options: options(), server, change: (changed) => (setOptions(changed), this.requestUpdate()) });
      case "Widget":
        return (this.#widget ??= new WidgetPreview(this.ports.admin, () => this.requestUpdate())).render(this.dataset["scheme"] ?? "light");
    }
  }

  #threadContent(): TemplateResult {
    const choose = (event: Event) => {
      this.#user = (event.target as HTMLInputElement).value.trim() || "local";
      void this.#load();
    };
    const users = new Set(this.#lines.flatMap(({ fields }) => (typeof fields["user_id"] === "string" ? [fields["user_id"]] : [])));
    return html`<div class="bar">
        <label>user <input list="users" .value=${this.#user} @change=${choose} /></label>
        <datalist id="users">${[...users].map((user) => html`<option value=${user}></option>`)}</datalist>
        <label class="grow">thread
          <select @change=${(event: Event) => this.ports.openThread((event.target as HTMLSelectElement).value)}>
            <option value="">–</option>
            ${this.#threads.map(({ id, title }) => html`<option value=${id} ?selected=${id === this.ports.threadId()}>${title ?? id}</option>`)}
          </select>
        </label>
      </div>
      ${this.#stored ? threadView(this.#stored) : html`<p class="hint">Begin a chat, and what is stored of it is here.</p>`}`;
  }

  #open(tab: (typeof TABS)[number]): void {
    this.#tab = tab;
    this.#problem = undefined;
    this.requestUpdate();
    void this.#load();
  }

  async #load(): Promise<void> {
    const { admin, threadId } = this.ports;
    try {
      if (this.#tab === "Runs" || this.#tab === "Log" || this.#tab === "Thread") this.#lines = await admin.log();
      if (this.#tab === "Config") this.#config = await admin.config();
      if (this.#tab === "Thread") {
        this.#threads = (await admin.threads(this.#user)).data;
        const id = threadId();
        this.#stored = id === undefined ? undefined : await admin.thread(id, this.#user);
      }
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.requestUpdate();
  }

  #onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    this.#open(TABS[(TABS.indexOf(this.#tab) + step + TABS.length) % TABS.length]!);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
}

customElements.define("chatkit-developer-panel", DeveloperPanel);
