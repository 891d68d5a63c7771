import { html, nothing, type TemplateResult } from "lit";
import type { ConfigLine, LogLine, StoredThread } from "./admin.ts";

/** Runs of agents, with what they used. */
export function runsView(lines: readonly LogLine[]): TemplateResult {
  const runs = lines.filter(({ fields }) => fields.msg === "agent run").toReversed();
  if (runs.length === 0) return html`<p class="hint">No agent has run yet. With log_level warn or error, runs are not noted.</p>`;
  return html`<table>
    <tr><th>agent, model</th><th>outcome</th><th>calls</th><th>tokens in, out</th><th>time</th></tr>
    ${runs.map(
      ({ fields }) => html`<tr title=${String(fields["thread_id"] ?? "")}>
        <td>${fields["agent"]}<br /><span class="figure">${fields["model"]}</span></td>
        <td class=${fields["outcome"] === "failed" ? "bad" : ""}>${fields["outcome"]}</td>
        <td>${fields["requests"]}</td>
        <td>${fields["input_tokens"] ?? fields["inputTokens"]}, ${fields["output_tokens"] ?? fields["outputTokens"]}</td>
        <td>${fields["duration_ms"] ?? fields["durationMs"]} ms</td>
      </tr>`,
    )}
  </table>`;
}

/** The log, newest first; `onlyTroubles` leaves warnings and errors. */
export function logView(lines: readonly LogLine[], onlyTroubles: boolean, toggle: () => void): TemplateResult {
  const shown = lines.filter(({ fields: { level } }) => !onlyTroubles || level === "warn" || level === "error");
  return html`<div class="bar"><label><input type="checkbox" .checked=${onlyTroubles} @change=${toggle} />warnings and errors only</label></div>
    ${shown.length === 0 ? html`<p class="hint">Nothing.</p>` : nothing}
    ${shown.toReversed().map(({ fields: { level, time, msg = "", ...rest } }) => {
      const isBad = level === "error" || level === "warn";
      return html`<details>
        <summary><span class="figure">${time.slice(11, 19)}</span><span class="name ${isBad ? "bad" : ""}">${msg}</span><span class="figure">${level}</span></summary>
        <pre>${JSON.stringify(rest, null, 2)}</pre>
      </details>`;
    })}`;
}

export function configView(config: readonly ConfigLine[]): TemplateResult {
  return html`<table>
    <tr><th>option</th><th>value</th><th>from</th></tr>
    ${config.map(({ option, value, origin, env }) => html`<tr title=${env}><td><code>${option}</code></td><td>${value === null ? "–" : Array.isArray(value) ? value.join(", ") || "–" : String(value)}</td><td class="figure">${origin}</td></tr>`)}
  </table>`;
}

const HIDDEN = new Set(["hidden_context_item", "sdk_hidden_context"]);

/** A thread as it is stored, including what no client gets. */
export function threadView({ thread, items, has_more }: StoredThread): TemplateResult {
  return html`<details><summary><span class="name">thread</span></summary><pre>${JSON.stringify(thread, null, 2)}</pre></details>
    ${items.map(
      (item) => html`<details>
        <summary><span class="name">${item.type}</span>${HIDDEN.has(item.type) ? html`<span class="tag">hidden</span>` : nothing}<span class="figure">${item.id.slice(-6)}</span></summary>
        <pre>${JSON.stringify(item, null, 2)}</pre>
      </details>`,
    )}
    ${has_more ? html`<p class="hint">There are older ones.</p>` : nothing}`;
}
