import { describe, expect, test } from "bun:test";
import { simpleToAgentInput } from "../../../src/agents/input/thread-item-converter.ts";
import type { SentEvent, ThreadStreamEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem, WidgetItem } from "../../../src/protocol/items.ts";
import { assistantMessage } from "../../../src/server/builders.ts";
import { asker, createThread, events, itemsOf, Scripted, stream, textOf, userInput } from "../../support/chat.ts";

const BUTTON = { type: "Button" as const, label: "Go", onClickAction: { type: "go", payload: { to: "Rome" } } };
const CARD = { type: "Card" as const, children: [{ type: "Text" as const, value: "Where to?" }, BUTTON] };
const CALL: ThreadStreamEvent = { type: "thread.item.done", item: { id: "call", type: "client_tool_call", call_id: "c", name: "pick", arguments: {} } };

const without = (sender: WidgetItem): ThreadStreamEvent => ({ type: "thread.item.removed", item_id: sender.id });
const showing = (sender: WidgetItem, children: object[]): ThreadStreamEvent => ({ type: "thread.item.replaced", item: { ...sender, widget: { type: "Card", children } } as WidgetItem });
const answered = (sender: WidgetItem): ThreadStreamEvent => showing(sender, [{ type: "Text", value: "Rome it is." }]);

/** Shows a card; a click is answered with what `uses` makes of it, a pause in which the reader may leave, and a text. */
class Clicked extends Scripted {
  readonly senders: (WidgetItem | null)[] = [];

  constructor(readonly uses: (sender: WidgetItem) => ThreadStreamEvent[]) {
    super(async function* (_thread, message) {
      if (message && textOf(message) !== "hi") return yield assistantMessage("All right.");
      yield CALL;
      yield { type: "thread.item.done", item: { id: "card", type: "widget", widget: CARD } };
    });
  }

  override async *action(...[, , sender]: Parameters<Scripted["action"]>): AsyncIterable<ThreadStreamEvent> {
    this.senders.push(sender);
    yield* this.uses(sender!);
    yield { type: "progress_update", text: "thinking" };
    yield assistantMessage(`answer ${this.senders.length}`);
  }
}

async function begin(uses: Clicked["uses"]) {
  const server = new Clicked(uses);
  const { threadId } = await createThread(server);
  const params = { thread_id: threadId, item_id: "card", action: { type: "go", payload: { to: "Rome" } } };
  const click = (more: object = {}): Promise<SentEvent[]> => events(server, "threads.custom_action", { ...params, ...more });
  const leave = async () => {
    const leaver = asker();
    for await (const event of stream(server, "threads.custom_action", params, leaver)) if (event.type === "progress_update") leaver.leave();
  };
  const said = async () => (await itemsOf(server, threadId)).filter(({ type }) => type === "assistant_message").map(textOf);
  return { server, threadId, click, leave, said };
}

const REFUSED = [{ type: "error", allow_retry: false }];

describe.each([
  ["removed", without],
  ["left without its button", answered],
] as const)("a click after which the widget is %s, and that a page sends again since it got no stream", (_, uses) => {
  test("is answered anew when its answer ended with the stream", async () => {
    const { server, click, leave, said } = await begin((sender) => [uses(sender)]);
    await leave();
    expect(await said()).toEqual([]);
    expect((await click()).at(-1)).toMatchObject({ type: "thread.item.done" });
    expect(await said()).toEqual(["answer 2"]);
    expect(server.senders).toMatchObject([{ widget: CARD }, { widget: CARD }]);
  });

  test("leaves nothing that the page or the model sees", async () => {
    const { server, threadId, click } = await begin((sender) => [uses(sender)]);
    await click();
    expect((await itemsOf(server, threadId)).some(({ type }) => type === "sdk_hidden_context")).toBe(false);
    const stored = await server.store.recentItems(threadId, 99, asker());
    expect(stored.some(({ type }) => type === "sdk_hidden_context")).toBe(true);
    expect(JSON.stringify(await simpleToAgentInput(stored))).not.toContain("HiddenContext");
  });
});

describe("a click in a widget that is gone", () => {
  test("is shown its answer when that is stored whole, as a page asks that never saw it", async () => {
    const { server, threadId, click } = await begin((sender) => [assistantMessage("At once."), without(sender)]);
    const first = await click();
    const stored = await itemsOf(server, threadId);
    const again = await click();
    expect(again[1]).toEqual(first.find((event) => event.type === "thread.item.removed")!);
    const shown = again.flatMap((event) => (event.type === "thread.item.done" && event.item.type === "assistant_message" ? [textOf(event.item)] : []));
    expect(shown).toEqual(["At once.", "answer 1"]);
    // The page had that one before, and would do it again.
    expect(JSON.stringify(again)).not.toContain("client_tool_call");
    expect(server.senders).toHaveLength(1);
    expect(await itemsOf(server, threadId)).toEqual(stored);
  });

  test("is refused when it is another one, or the person has moved on", async () => {
    const { server, threadId, click } = await begin((sender) => [without(sender)]);
    await click();
    expect(await click({ action: { type: "go", payload: { to: "Oslo" } } })).toMatchObject(REFUSED);
    expect(await click({ item_id: "never" })).toMatchObject(REFUSED);
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput("never mind") });
    expect(await click()).toMatchObject(REFUSED);
    expect(server.senders).toHaveLength(1);
  });

  test("is answered anew also when its hook had first changed it", async () => {
    const { click, leave, said } = await begin((sender) => [answered(sender), without(sender)]);
    await leave();
    await click();
    expect(await said()).toEqual(["answer 2"]);
  });
});

test("a widget that still takes the click gets it again, as the widget is then", async () => {
  const { server, click } = await begin((sender) => [showing(sender, [{ type: "Text", value: "Page 2" }, BUTTON])]);
  await click();
  await click();
  expect(server.senders).toMatchObject([{ widget: CARD }, { widget: { children: [{ value: "Page 2" }, BUTTON] } }]);
});

test("a widget without its button gets the click again as well when its answer is stored whole: the hook decides", async () => {
  const { server, click, said } = await begin((sender) => [answered(sender)]);
  await click();
  await click();
  expect(server.senders).toMatchObject([{ widget: CARD }, { widget: { children: [{ value: "Rome it is." }] } }]);
  expect(await said()).toEqual(["answer 1", "answer 2"]);
});

test("what a page sends by itself, and the widget never offered, gets the widget as it is", async () => {
  const { server, click, leave } = await begin((sender) => [showing(sender, [{ type: "Text", value: "Liked" }])]);
  const like = { action: { type: "like", payload: {} } };
  await leave();
  await click(like);
  await click(like);
  expect(server.senders).toMatchObject([{ widget: CARD }, { widget: { children: [{ value: "Liked" }] } }, { widget: { children: [{ value: "Liked" }] } }]);
});

test("a thread keeps one note of its clicks, however many there were", async () => {
  const { server, threadId, click } = await begin((sender) => [answered(sender)]);
  for (const to of ["Rome", "Oslo", "Bern"]) await click({ action: { type: "go", payload: { to } } });
  const stored: ThreadItem[] = await server.store.recentItems(threadId, 99, asker());
  expect(stored.filter(({ type }) => type === "sdk_hidden_context")).toHaveLength(1);
});
