/**
 * Widgets: made from templates (`widget-template.ts`), compared (`diff-widget.ts`), and streamed. This room never stores one, and never
 * knows an agent.
 */
import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItemUpdate } from "../protocol/updates.ts";
import { now } from "../protocol/timestamp.ts";
import type { WidgetRoot } from "../protocol/widgets.ts";
import { generateId as newId } from "../store/ids.ts";
import { diffWidget } from "./diff-widget.ts";

/**
 * A widget as the events of one item. A whole widget is one `thread.item.done`. A stream of renderings begins with
 * `thread.item.added`, each further rendering is sent as the updates that lead to it, and the end is `thread.item.done`.
 *
 * @param generateId makes the item's id; pass the store's when it has ids of its own form.
 * @throws whatever `widget` throws; then there is no `done`.
 */
export async function* streamWidget(
  thread: { id: string },
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
  copyText?: string,
  generateId: (type: "message") => string = newId,
): AsyncGenerator<ThreadStreamEvent, void> {
  if (!isStream(widget)) return yield wholeWidget(thread, widget, copyText, generateId);
  const base = itemBase(thread, copyText, generateId);
  let shown: WidgetRoot | undefined;
  for await (const rendering of widget) {
    // A generator may change one object in place and yield it again: only a copy can be compared with the next rendering.
    const next = structuredClone(rendering);
    if (shown === undefined) yield { type: "thread.item.added", item: { ...base, widget: next } };
    else for (const update of diffWidget(shown, next)) yield updated(base.id, update);
    shown = next;
  }
  if (shown !== undefined) yield { type: "thread.item.done", item: { ...base, widget: shown } };
}

/** A whole widget as the one event of its item. */
export function wholeWidget(
  thread: { id: string },
  widget: WidgetRoot,
  copyText?: string,
  generateId: (type: "message") => string = newId,
): ThreadStreamEvent {
  return { type: "thread.item.done", item: { ...itemBase(thread, copyText, generateId), widget } };
}

function itemBase(thread: { id: string }, copyText: string | undefined, generateId: (type: "message") => string) {
  return { id: generateId("message"), thread_id: thread.id, created_at: now(), type: "widget", copy_text: copyText } as const;
}

const updated = (itemId: string, update: ThreadItemUpdate): ThreadStreamEvent => ({ type: "thread.item.updated", item_id: itemId, update });

export function isStream(widget: WidgetRoot | AsyncIterable<WidgetRoot>): widget is AsyncIterable<WidgetRoot> {
  return Symbol.asyncIterator in widget;
}
