/** The agent of scenarios that need one of their own: what it does is JSON in the text of a message. */
import { ChatKitServer, type Action, type RequestContext, type ThreadStreamEvent } from "chatkit-server";
import type { ThreadMetadata, UserMessageItem, WidgetItem } from "chatkit-server";

export type Orders = {
  /** Says so many words, one every so many milliseconds, and changes the thread as it goes. */
  words?: number;
  everyMs?: number;
  /** Writes past the events, too: to the store, the thread and its state. */
  byItself?: boolean;
  /** Says something, waits, and takes it back. */
  takeBack?: boolean;
  /** Asks the person, in three ways. */
  asks?: boolean;
  /** Draws an image, of which so many partial ones of so many bytes come, a hundred milliseconds apart. */
  images?: { count: number; bytes: number };
  /** Shows a board and writes so many times on one half of it. */
  board?: number;
};

const HANGS = process.env["CHAOS_HANGS"] === "yes";

export default class Chaos extends ChatKitServer {
  override async *respond(thread: ThreadMetadata, message: UserMessageItem | null, context: RequestContext): AsyncIterable<ThreadStreamEvent> {
    if (!message) return yield* this.#goOn();
    const orders = JSON.parse(message.content.map(({ text }) => text).join("")) as Orders;
    if (orders.words) yield* this.#say(thread, orders, context);
    if (orders.takeBack) yield* takeBack();
    if (orders.asks) yield* ASKS;
    if (orders.images) yield* images(orders.images);
    if (orders.board !== undefined) yield* board(orders.board);
  }

  override async *action(_thread: ThreadMetadata, _action: Action, sender: WidgetItem | null): AsyncIterable<ThreadStreamEvent> {
    if (sender) yield { type: "thread.item.removed", item_id: sender.id };
    yield* this.#goOn();
  }

  /** Adds what was clicked to the other half of the board. */
  override async syncAction(thread: ThreadMetadata, { payload }: Action, sender: WidgetItem | null, context: RequestContext) {
    if (!sender) return {};
    const [left, right] = (sender.widget as { children: { value: string }[] }).children;
    await Bun.sleep(1);
    const children = [left, { ...right, value: `${right!.value}<${(payload as { n: number }).n}>` }];
    const updated_item = { ...sender, widget: { ...sender.widget, children } } as WidgetItem;
    await this.store.saveItem(thread.id, updated_item, context);
    return { updated_item };
  }

  /** What comes after the person's answer; it never does where the process is to die of it. */
  async *#goOn(): AsyncIterable<ThreadStreamEvent> {
    if (HANGS) yield { type: "thread.item.done", item: { type: "workflow", workflow: { type: "custom", tasks: [], expanded: false } } };
    if (HANGS) await new Promise(() => {});
    yield message("answered");
  }

  async *#say(thread: ThreadMetadata, { words = 0, everyMs = 0, byItself }: Orders, context: RequestContext): AsyncIterable<ThreadStreamEvent> {
    const item = { id: crypto.randomUUID(), type: "assistant_message" as const };
    yield { type: "thread.item.added", item: { ...item, content: [] } };
    let text = "";
    for (let i = 0; i < words; i++) {
      const delta = `word${i} `;
      text += delta;
      yield { type: "thread.item.updated", item_id: item.id, update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta } };
      thread.title = `After ${i + 1} words`;
      if (byItself) await this.#writeByItself(thread, context).catch(() => {});
      await Bun.sleep(everyMs);
    }
    thread.status = { type: "locked", reason: "All is said." };
    yield { type: "thread.item.done", item: { ...item, content: [{ text }] } };
  }

  async #writeByItself({ id: thread_id }: ThreadMetadata, context: RequestContext): Promise<void> {
    const note = { id: `note_${thread_id}`, thread_id, created_at: new Date().toISOString(), type: "hidden_context_item" as const, content: crypto.randomUUID() };
    const writes = [
      this.store.addThreadItem(thread_id, note, context),
      this.store.updateThread(thread_id, { metadata: { at: performance.now() } }, context),
      this.store.saveRunState(thread_id, crypto.randomUUID(), context),
    ];
    await Promise.allSettled(writes);
  }
}

const message = (text: string): ThreadStreamEvent => ({ type: "thread.item.done", item: { type: "assistant_message", content: [{ text }] } });

const ASKS: ThreadStreamEvent[] = [
  { type: "thread.item.done", item: { type: "client_tool_call", call_id: "c", name: "pick", arguments: {} } },
  { type: "thread.item.done", item: { type: "structured_input", inputs: [{ id: "where", type: "freeform", question: "Where to?" }] } },
  { type: "thread.item.done", item: { type: "widget", widget: { type: "Card", children: [{ type: "Text", value: "Click me." }] } } },
];

async function* takeBack(): AsyncIterable<ThreadStreamEvent> {
  for (const id of [crypto.randomUUID(), crypto.randomUUID()]) {
    const content = [{ text: "secret" }];
    yield { type: "thread.item.added", item: { id, type: "assistant_message", content } };
    // Long enough to be put on record.
    await Bun.sleep(1500);
    if (Math.random() < 0.5) yield { type: "thread.item.done", item: { id, type: "assistant_message", content } };
    yield { type: "thread.item.removed", item_id: id };
  }
  yield { type: "progress_update", text: "taken back" };
  await new Promise(() => {});
}

async function* images({ count, bytes }: NonNullable<Orders["images"]>): AsyncIterable<ThreadStreamEvent> {
  const id = crypto.randomUUID();
  yield { type: "thread.item.added", item: { id, type: "generated_image" } };
  for (let i = 0; i < count; i++) {
    const url = `data:image/png;base64,${Buffer.alloc((bytes / 4) * 3, crypto.getRandomValues(new Uint8Array(4096))).toString("base64")}`;
    yield { type: "thread.item.updated", item_id: id, update: { type: "generated_image.updated", image: { id: "i", url } } };
    await Bun.sleep(100);
  }
  yield { type: "thread.item.done", item: { id, type: "generated_image", image: { id: "i", url: "https://images.example/i.png" } } };
}

async function* board(times: number): AsyncIterable<ThreadStreamEvent> {
  const id = crypto.randomUUID();
  const half = (name: string) => ({ type: "Text" as const, id: name, value: "" });
  yield { type: "thread.item.done", item: { id, type: "widget", widget: { type: "Card", children: [half("left"), half("right")] } } };
  for (let i = 0; i < times; i++) {
    await Bun.sleep(1);
    const update = { type: "widget.streaming_text.value_delta" as const, component_id: "left", delta: ".", done: false };
    yield { type: "thread.item.updated", item_id: id, update };
  }
}
