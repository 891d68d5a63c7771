import type { ThreadItemUpdate } from "../protocol/updates.ts";
import type { WidgetRoot } from "../protocol/widgets.ts";

type TextDelta = Extract<ThreadItemUpdate, { type: "widget.streaming_text.value_delta" }>;
type Props = Readonly<Record<string, unknown>>;

/**
 * The updates that turn one rendering of a widget into the next: none when they are equal; one `value_delta` for each `Text` or
 * `Markdown` whose value has only got longer, when nothing else has changed; otherwise the whole widget.
 *
 * Clients find the component of a delta by its id, and only in `children` lists. Text that grows without an id, or anywhere else,
 * therefore needs the whole widget, too.
 */
export function diffWidget(before: WidgetRoot, after: WidgetRoot): ThreadItemUpdate[] {
  const deltas: TextDelta[] = [];
  return grownOnly(before, after, deltas) ? deltas : [{ type: "widget.root.updated", widget: after }];
}

/** Whether two components differ in nothing but texts that have got longer. Adds what was appended to `deltas`. */
function grownOnly(before: object, after: object, deltas: TextDelta[]): boolean {
  if (before === after) return true;
  const old = before as Props;
  const fresh = after as Props;
  for (const key in old) if (!(key in fresh) && isPresent(old[key])) return false;
  for (const key in fresh) {
    const [was, is] = [old[key], fresh[key]];
    if (key === "children" && Array.isArray(was) && Array.isArray(is)) {
      if (!childrenGrownOnly(was, is, deltas)) return false;
    } else if (!same(was, is) && !(key === "value" && valueGrown(old, fresh, deltas))) return false;
  }
  return true;
}

function childrenGrownOnly(before: unknown[], after: unknown[], deltas: TextDelta[]): boolean {
  if (before.length !== after.length) return false;
  return after.every((child, i) => {
    const was = before[i];
    return isObject(child) && isObject(was) ? grownOnly(was, child, deltas) : same(was, child);
  });
}

function valueGrown(before: Props, after: Props, deltas: TextDelta[]): boolean {
  const { type, id, value } = after;
  if ((type !== "Text" && type !== "Markdown") || typeof id !== "string" || id === "") return false;
  if (typeof before.value !== "string" || typeof value !== "string" || !value.startsWith(before.value)) return false;
  const delta = value.slice(before.value.length);
  deltas.push({ type: "widget.streaming_text.value_delta", component_id: id, delta, done: after.streaming !== true });
  return true;
}

/** Deep equality of JSON. As in the Python SDK, null equals an absent field, and 1 equals true. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((element, i) => same(element, b[i]));
  if (isObject(a) && isObject(b)) {
    return (
      !Array.isArray(b) &&
      Object.keys(a).every((key) => same(a[key], b[key])) &&
      Object.keys(b).every((key) => key in a || !isPresent(b[key]))
    );
  }
  if (typeof a === "boolean" && typeof b === "number") return Number(a) === b;
  if (typeof a === "number" && typeof b === "boolean") return a === Number(b);
  return !isPresent(a) && !isPresent(b);
}

const isObject = (value: unknown): value is Props => typeof value === "object" && value !== null;
const isPresent = (value: unknown): boolean => value !== undefined && value !== null;
