import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { IconName } from "../protocol/icons.ts";
import type { Annotation } from "../protocol/sources.ts";
import type { WidgetRoot } from "../protocol/widgets.ts";

/**
 * Events for hooks and tools to yield; the pipeline fills in the ids and the date.
 * @example yield assistantMessage("Hello.");
 */

/** A whole assistant message. */
export function assistantMessage(text: string, annotations: Annotation[] = []): ThreadStreamEvent {
  return done({ type: "assistant_message", content: [{ type: "output_text", text, annotations }] });
}

/** A note to the model that the client never sees. */
export function hiddenContext(content: unknown): ThreadStreamEvent {
  return done({ type: "hidden_context_item", content });
}

/** A whole widget; `copyText` is the text for the copy button. */
export function widgetItem(widget: WidgetRoot, copyText?: string): ThreadStreamEvent {
  return done({ type: "widget", widget, copy_text: copyText });
}

/** Asks the page to do something (`onEffect` of the client), with any data. */
export function clientEffect(name: string, data: Record<string, unknown> = {}): ThreadStreamEvent {
  return { type: "client_effect", name, data };
}

/** A progress line that says what is being done; it is not stored. */
export function progress(text: string, icon?: IconName): ThreadStreamEvent {
  return { type: "progress_update", text, icon };
}

type DoneEvent = Extract<ThreadStreamEvent, { type: "thread.item.done" }>;

function done(item: DoneEvent["item"]): ThreadStreamEvent {
  return { type: "thread.item.done", item };
}
