import { html } from "lit";
import { basic, card } from "./roots.ts";
import { button } from "./button.ts";
import { chartPlace } from "./chart-place.ts";
import { checkbox, datePicker, input, label, radioGroup, select, textarea } from "./fields/index.ts";
import { box, divider, form, spacer, transition } from "./layout.ts";
import { listItem, listView } from "./list-view.ts";
import { badge, iconView, imageView } from "./pictures.ts";
import type { Scope } from "./scope.ts";
import { cell, row, table } from "./table.ts";
import { caption, markdownView, text, title } from "./texts.ts";
import { childrenOf, type Node } from "./values/index.ts";

/**
 * Boxes that are nested deeper are skipped, and the components in them shown without them, so that neither the stack nor the layout has to
 * go that deep.
 */
const DEEPEST = 48;
/** The most components that are shown of one box that is skipped. */
const MOST_LEAVES = 2000;

const COMPONENTS: Record<string, (node: Node, scope: Scope) => unknown> = {
  Card: card,
  Basic: basic,
  ListView: listView,
  ListViewItem: listItem,
  Box: box,
  Row: box,
  Col: box,
  Form: form,
  Spacer: spacer,
  Divider: divider,
  Transition: transition,
  Text: text,
  Title: title,
  Caption: caption,
  Markdown: markdownView,
  Badge: badge,
  Icon: iconView,
  Image: imageView,
  Button: button,
  Table: table,
  "Table.Row": row,
  "Table.Cell": cell,
  Label: label,
  Input: input,
  Textarea: textarea,
  Select: select,
  DatePicker: datePicker,
  Checkbox: checkbox,
  RadioGroup: radioGroup,
  Chart: chartPlace,
};

/** Any component. Of an unknown type, which a newer server may send, the children are shown. */
export function component(node: Node, scope: Scope): unknown {
  if (scope.depth >= DEEPEST && childrenOf(node).length > 0) return html`${leaves(node).map((leaf) => component(leaf, scope))}`;
  const known = Object.hasOwn(COMPONENTS, node.type) ? COMPONENTS[node.type]! : box;
  return known(node, scope);
}

function leaves(node: Node): Node[] {
  const found: Node[] = [];
  const left = [node];
  for (let next = left.pop(); next && found.length < MOST_LEAVES; next = left.pop()) {
    const children = childrenOf(next);
    if (children.length === 0) found.push(next);
    for (const child of children.reverse()) left.push(child);
  }
  return found;
}
