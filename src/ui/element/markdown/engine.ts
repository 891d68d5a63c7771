/** What reads Markdown: loaded with the first text. */
import { html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { block } from "./blocks.ts";
import type { Look } from "./options.ts";
import { parseBlocks, type Shared } from "./parse.ts";
import { repaired } from "./repair.ts";

export type { Shared };

/** In ms. A text that has cost so much to read is made to cost: what is left of it is shown as it is written. */
const PATIENCE_MS = 4000;
/** An honest part is read within less, even on a slow machine. */
const SLOW_MS = 50;

type Part = { source: string; index: number; isOpen: boolean };

/** What a part of a text shows. What has not changed since it was shown is not touched. */
export function partOf({ source, index, isOpen }: Part, shared: Shared, look: Look): unknown {
  if ((shared.spentMs ?? 0) > PATIENCE_MS) return html`<p class="as-written">${source}</p>`;
  const started = performance.now();
  const blocks = parseBlocks(isOpen ? repaired(source) : source, index, shared);
  const ms = performance.now() - started;
  if (ms > SLOW_MS) shared.spentMs = (shared.spentMs ?? 0) + ms;
  const links = Object.keys(shared.references ?? {}).length;
  return blocks.map(({ source, node }, at) => {
    const streaming = isOpen && at === blocks.length - 1;
    const version = [source, streaming, look.imageDomains, look.texts, links, node.token.meta?.["level"]];
    return guard(version, () => block(node, { ...look, streaming }) ?? nothing);
  });
}
