import { html, nothing } from "lit";
import { literal, html as staticHtml, type StaticValue } from "lit/static-html.js";
import { codeBlock } from "./code-block.ts";
import { formula } from "./formula.ts";
import { inline } from "./inline.ts";
import type { Look } from "./options.ts";
import type { Node } from "./parse.ts";
import { rawHtml } from "./raw-markup.ts";

const HEADINGS: Record<number, StaticValue> = { 4: literal`h4`, 5: literal`h5`, 6: literal`h6` };

/** A block as a template. */
export function block(node: Node, look: Look): unknown {
  return (BLOCKS[node.type] ?? asText)(node, look);
}

function inside(node: Node, look: Look): unknown {
  return node.children.map((child) => block(child, look));
}

const BLOCKS: Record<string, (node: Node, look: Look) => unknown> = {
  inline: ({ children }, look) => inline(children, look),
  // The parser marks the paragraphs in a tight list as hidden: they are shown without `<p>`.
  paragraph: (node, look) => (node.token.hidden ? inside(node, look) : html`<p>${inside(node, look)}</p>`),
  heading,
  blockquote: (node, look) => html`<blockquote>${inside(node, look)}</blockquote>`,
  bullet_list: (node, look) => html`<ul>${inside(node, look)}</ul>`,
  ordered_list: (node, look) => html`<ol start=${node.token.attrGet("start") ?? nothing}>${inside(node, look)}</ol>`,
  list_item: listItem,
  hr: () => html`<hr />`,
  fence: ({ token }, look) => codeBlock(token.content, token.info.trim().split(/\s/)[0] ?? "", look),
  code_block: ({ token }, look) => codeBlock(token.content, "", look),
  math_block: ({ token }) => formula(token.content, true),
  html_block: (node, look) => rawHtml([node], look),
  table: (node, look) => html`<div class="table" role="group" aria-label=${look.texts.table} tabindex="0"><table>${inside(node, look)}</table></div>`,
  thead: (node, look) => html`<thead>${inside(node, look)}</thead>`,
  tbody: (node, look) => html`<tbody>${inside(node, look)}</tbody>`,
  tr: (node, look) => html`<tr>${inside(node, look)}</tr>`,
  th: (node, look) => html`<th scope="col" class=${alignment(node)}>${inside(node, look)}</th>`,
  td: (node, look) => html`<td class=${alignment(node)}>${inside(node, look)}</td>`,
};

function asText({ token }: Node): unknown {
  return token.content === "" ? nothing : html`<p>${token.content}</p>`;
}

function heading(node: Node, look: Look): unknown {
  const tag = HEADINGS[node.token.meta?.["level"] as number] ?? HEADINGS[6]!;
  return staticHtml`<${tag} class=${node.token.tag}>${inside(node, look)}</${tag}>`;
}

function listItem(node: Node, look: Look): unknown {
  const task = node.token.meta?.["task"];
  if (!task) return html`<li>${inside(node, look)}</li>`;
  const isDone = task === "done";
  const label = isDone ? look.texts.done : look.texts.notDone;
  return html`<li class="task"><input type="checkbox" disabled .checked=${isDone} aria-label=${label} />${inside(node, look)}</li>`;
}

function alignment({ token }: Node): unknown {
  return /text-align:(\w+)/.exec(String(token.attrGet("style") ?? ""))?.[1] ?? nothing;
}
