import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { curlOf, type Exchange, type Recorder } from "./recorder.ts";

/** What is shown of one answer: more rows would make the panel slow. */
const MOST_EVENTS = 500;

/** Which exchanges are open, by their ids, and which of their events, by their objects. Only what is open is rendered. */
export class WireView {
  readonly #open = new WeakSet<object>();

  constructor(
    private readonly recorder: Recorder,
    private readonly changed: () => void,
  ) {}

  /** Requests, newest first, each with the events of its answer. */
  render(): TemplateResult {
    const { recorder } = this;
    const { exchanges } = recorder;
    return html`<div class="bar"><span class="hint grow">${exchanges.length} ${exchanges.length === 1 ? "request" : "requests"}</span><button @click=${() => recorder.clear()}>Clear</button></div>
      ${repeat(exchanges.toReversed(), ({ id }) => id, (one) => guard(this.#versionOf(one), () => this.#exchange(one)))}`;
  }

  #versionOf(one: Exchange): unknown[] {
    const isOpen = this.#open.has(one);
    // An open one is rendered each time: its events open and close, too.
    return [one, one.status, one.durationMs, one.bytes, isOpen ? {} : undefined];
  }

  #exchange(exchange: Exchange): TemplateResult {
    const { operation, status, durationMs, bytes } = exchange;
    const isBad = status !== undefined && status >= 400;
    return html`<details @toggle=${(event: Event) => this.#toggled(event, exchange)}>
      <summary>
        <span class="name ${isBad ? "bad" : ""}">${operation}</span><span class="figure">${status ?? "…"}</span>
        <span class="figure">${durationMs === undefined ? "…" : ms(durationMs)}</span><span class="figure">${size(bytes)}</span>
      </summary>
      ${this.#open.has(exchange) ? this.#content(exchange) : nothing}
    </details>`;
  }

  #content(exchange: Exchange): TemplateResult {
    const { body, answer, events, leftOut } = exchange;
    const curl = curlOf(exchange);
    const hidden = leftOut + Math.max(0, events.length - MOST_EVENTS);
    return html`${curl === undefined ? nothing : html`<div class="bar"><button @click=${() => void navigator.clipboard.writeText(curl)}>Copy as curl</button></div>`}
      <pre>${pretty(body)}</pre>
      ${answer === undefined ? nothing : html`<pre>${pretty(answer)}</pre>`}
      ${hidden > 0 ? html`<p class="hint">${hidden} events before these</p>` : nothing}
      ${repeat(
        events.slice(-MOST_EVENTS),
        (event) => event,
        (event) => html`<details @toggle=${(toggle: Event) => this.#toggled(toggle, event)}>
          <summary><span class="figure">${ms(event.atMs)}</span><span class="name">${event.label}</span><span class="figure">${size(event.bytes)}</span></summary>
          ${this.#open.has(event) ? html`<pre>${pretty(event.data)}</pre>` : nothing}
        </details>`,
      )}`;
  }

  #toggled(event: Event, of: object): void {
    if ((event.currentTarget as HTMLDetailsElement).open) this.#open.add(of);
    else this.#open.delete(of);
    this.changed();
  }
}

const ms = (value: number) => (value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`);
const size = (bytes: number) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
