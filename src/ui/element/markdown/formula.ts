import { html } from "lit";
import { until } from "lit/directives/until.js";
import { guard } from "lit/directives/guard.js";

/** In characters. Longer formulas are shown as source. */
const LONGEST = 4000;

/**
 * A TeX formula as MathML. The renderer is loaded with the first one; until then, and when it cannot parse the formula, the source is
 * shown.
 */
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
    // The text is not trusted: a formula gets no links, images or classes, and its macros are bounded.
    temml.render(tex, place, { displayMode: display, trust: false, throwOnError: true, maxExpand: 200, maxSize: [20, 40], annotate: true });
    return place;
  } catch {
    return written;
  }
}
