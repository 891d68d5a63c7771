/** Parses and renders Markdown: loaded with the first text. */
import { html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { block } from "./blocks.ts";
import type { Look } from "./options.ts";
import { parseBlocks, type Shared } from "./parse.ts";
import { repaired } from "./repair.ts";

export type { Shared };

/** Parsing budget of a text, in ms. One that uses it up was probably written to be slow: the rest of it is shown unparsed. */
const PATIENCE_MS = 4000;
/** In ms. An ordinary part is parsed faster than this, even on a slow machine; only slower ones count towards the budget. */
const SLOW_MS = 50;

type Part = { source: string; index: number; isOpen: boolean };

/** A part of a text, rendered. Blocks that have not changed since the last rendering are not rendered again. */
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
