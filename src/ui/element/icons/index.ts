/**
 * Icons by ChatKit's published names, or by `lucide:` and a name of that set. The paths are in separate chunks, loaded with the first icon
 * that needs them. An icon's name is never used as a URL or as markup.
 */
import { css, html, nothing, type TemplateResult } from "lit";
import { until } from "lit/directives/until.js";

type Pictures = { icons: Record<string, string> };

const FILLED = new Set(["check-circle-filled", "star-filled", "dot"]);
/** Icons that point in the direction of reading: mirrored where one reads from right to left. */
const DIRECTED = /^(lucide:)?((double-)?chevrons?|arrow|back|collapse|open|sidebar)-|menu-inverted/;
const LOADERS: [letters: RegExp, load: () => Promise<Pictures>][] = [
  [/^lucide:[ab]/, () => import("./lucide-a-b.ts")],
  [/^lucide:c/, () => import("./lucide-c.ts")],
  [/^lucide:[d-g]/, () => import("./lucide-d-g.ts")],
  [/^lucide:[h-m]/, () => import("./lucide-h-m.ts")],
  [/^lucide:[n-r]/, () => import("./lucide-n-r.ts")],
  [/^lucide:[s-z]/, () => import("./lucide-s-z.ts")],
  [/^[a-z]/, () => import("./published.ts")],
];
const loaded = new Map<string, string>();

/** An icon of the size and colour of the text around it, hidden from screen readers. An unknown name leaves an empty space of that size. */
export function icon(name: string): TemplateResult {
  const path = loaded.get(name);
  return path === undefined ? html`${until(drawn(name), picture(name, ""))}` : picture(name, path);
}

async function drawn(name: string): Promise<TemplateResult> {
  return picture(name, await pathOf(name));
}

async function pathOf(name: string): Promise<string> {
  const load = LOADERS.find(([letters]) => letters.test(name))?.[1];
  // When the chunk cannot be loaded the space stays empty, and the next use tries again.
  const pictures = await load?.().catch(() => undefined);
  const key = name.replace(/^lucide:/, "");
  const path = pictures && Object.hasOwn(pictures.icons, key) ? pictures.icons[key]! : "";
  if (pictures) loaded.set(name, path);
  return path;
}

function picture(name: string, path: string): TemplateResult {
  const kind = `icon${FILLED.has(name) ? " filled" : ""}${DIRECTED.test(name) ? " directed" : ""}`;
  return html`<svg class=${kind} viewBox="0 0 24 24" aria-hidden="true"><path d=${path || nothing}></path></svg>`;
}

export const iconStyles = css`
  .icon {
    display: inline-block;
    flex: none;
    inline-size: 1em;
    block-size: 1em;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
    vertical-align: -0.125em;
  }
  .icon.filled {
    fill: currentColor;
    fill-rule: evenodd;
    stroke: none;
  }
  .icon.directed:dir(rtl) {
    transform: scaleX(-1);
  }
`;
