import { html } from "lit";
import { until } from "lit/directives/until.js";
import { guard } from "lit/directives/guard.js";

/** In characters. Longer ones are shown as they are written. */
const LONGEST = 4000;

/** A formula of TeX as MathML. What draws it is loaded with the first one; until then, and where it cannot be read, it is shown as it is written. */
export function formula(tex: string, display: boolean): unknown {
  const written = html`<code class="tex" dir="ltr">${tex.trim()}</code>`;
  const shown = tex.length > LONGEST ? written : guard([tex, display], () => until(drawn(tex, display), written));
  return display ? html`<div class="formula" dir="ltr">${shown}</div>` : shown;
}

async function drawn(tex: string, display: boolean): Promise<unknown> {
  const written = html`<code class="tex" dir="ltr">${tex.trim()}</code>`;
  try {
    const { default: temml } = await import("temml");
    const place = document.createElement("span");
    // Untrusted: no links, images or classes of the text's own; what it defines and expands is bounded.
    temml.render(tex, place, { displayMode: display, trust: false, throwOnError: true, maxExpand: 200, maxSize: [20, 40], annotate: true });
    return place;
  } catch {
    return written;
  }
}
