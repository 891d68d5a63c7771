import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { curlOf, type Exchange, type Recorder } from "./recorder.ts";

/** Requests, newest first, each with the events of its answer. */
export function wireView(recorder: Recorder): TemplateResult {
  const { exchanges } = recorder;
  return html`<div class="bar"><span class="hint grow">${exchanges.length} requests</span><button @click=${() => recorder.clear()}>Clear</button></div>
    ${repeat(exchanges.toReversed(), ({ id }) => id, (one) => guard([one, one.status, one.durationMs, one.events.length], () => exchangeView(one)))}`;
}

function exchangeView(exchange: Exchange): TemplateResult {
  const { operation, status, durationMs, bytes, events, body, answer } = exchange;
  const isBad = status !== undefined && status >= 400;
  return html`<details>
    <summary>
      <span class="name ${isBad ? "bad" : ""}">${operation}</span><span class="figure">${status ?? "…"}</span>
      <span class="figure">${durationMs === undefined ? "…" : ms(durationMs)}</span><span class="figure">${size(bytes)}</span>
    </summary>
    <div class="bar"><button @click=${() => void navigator.clipboard.writeText(curlOf(exchange))}>Copy as curl</button></div>
    <pre>${pretty(body)}</pre>
    ${answer === undefined ? nothing : html`<pre>${JSON.stringify(answer, null, 2)}</pre>`}
    ${events.map(
      ({ atMs, bytes, event }) => html`<details>
        <summary><span class="figure">${ms(atMs)}</span><span class="name">${event.type}${"update" in event ? ` · ${event.update.type}` : "item" in event ? ` · ${event.item.type}` : ""}</span><span class="figure">${size(bytes)}</span></summary>
        <pre>${JSON.stringify(event, null, 2)}</pre>
      </details>`,
    )}
  </details>`;
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
