import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { SentEvent } from "../../src/protocol/events.ts";
import { doneItems, outline, say, texts } from "../support/agent-turn.ts";
import { eventsOf } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

let lounge: ServedAgent;
beforeAll(async () => void (lounge = await serveAgent(join(import.meta.dir, "cat-lounge/agent.ts"))));
afterAll(() => lounge.stop());

const effects = (events: SentEvent[]) => events.flatMap((event) => (event.type === "client_effect" ? [event] : []));
const names = {
  tool: "suggest_cat_names",
  args: {
    ideas: [
      { name: "Pixel", reason: "Quick" },
      { name: "Moss", reason: "Soft" },
    ],
  },
};
/** The model's input of the last request, as text. */
const lastInput = () => JSON.stringify(lounge.model.requests.at(-1)?.body.input);

type Clickable = { children: { onClickAction: { type: string; payload: object } }[] };
type ErrorBody = { error: { code: string; message: string } };

describe("the cat lounge", () => {
  test("shows what care does to the cat, keeps it over turns, and tells the model what was done", async () => {
    const page = lounge.page();
    const fed = await page.say(say([[{ tool: "feed_cat", args: { how: "tuna" } }], [{ text: "It purrs." }]]));
    expect(effects(fed)).toMatchObject([
      { name: "update_cat_status", data: { state: { energy: 9, happiness: 7, threadId: page.threadId } } },
    ]);
    expect(texts(fed)).toEqual(["It purrs."]);
    expect(fed).toContainEqual({ type: "stream_options", stream_options: { allow_cancel: false } });
    await page.say(say([[{ tool: "play_with_cat", args: { how: null } }], [{ text: "Again!" }]]));
    expect(lastInput()).toContain("<FED_CAT>");
    expect(await page.json<object>(`/cats/${page.threadId}`)).toMatchObject({ cat: { energy: 8, happiness: 9 } });
    expect((await page.items()).map(({ type }) => type)).not.toContain("hidden_context_item");
    expect(JSON.stringify(await page.thread())).not.toContain("happiness");
  });

  test("lets the person choose a name in a widget, once", async () => {
    const page = lounge.page();
    const shown = await page.say(say([[names], [{ text: "Never asked for." }]]));
    expect(texts(shown)).toEqual(["A few names to choose from:"]);
    const list = doneItems(shown).find((item) => item.type === "widget");
    expect(list).toMatchObject({
      copy_text: "Pixel, Moss",
      widget: { type: "ListView", children: [{ key: "Pixel" }, { key: "Moss" }, { key: "more" }] },
    });
    const [first] = (list?.widget as Clickable).children; // as the page sends it back
    const payload = first?.onClickAction.payload;
    const click = () => page.act({ type: "cat.choose_name", payload }, list?.id);

    const chosen = await click();
    expect(outline(chosen)).toEqual(["stream_options", "replaced widget", "thread.updated", "done assistant_message"]);
    expect(JSON.stringify(chosen[1])).not.toContain("onClickAction");
    expect(await page.thread()).toMatchObject({ title: "Pixel's lounge" });
    expect(texts(await click())).toEqual(["Pixel already has a name."]);
    const again = await page.say(say([[{ tool: "set_cat_name", args: { name: "Moss" } }], [{ text: "Sorry." }]]));
    expect(texts(again)).toEqual(["Pixel already answers to that name.", "Sorry."]);
    expect(lastInput()).toContain("<CAT_NAME_SELECTED>Pixel</CAT_NAME_SELECTED>");
    expect((await page.items()).find(({ id }) => id === list?.id)).toMatchObject({ widget: { children: [{}, {}] } });
  });

  test("refuses a click whose payload was made up", async () => {
    const page = lounge.page();
    const list = doneItems(await page.say(say([[names]]))).find((item) => item.type === "widget");
    const refused = await page.act({ type: "cat.choose_name", payload: { name: " " } }, list?.id);
    expect(refused.at(-1)).toMatchObject({ type: "error", allow_retry: false });
    expect((await page.items()).find(({ id }) => id === list?.id)).toMatchObject({ widget: { children: [{}, {}, {}] } });
  });

  test("shows a profile card, speaks as the cat, and paints it", async () => {
    const page = lounge.page();
    const card = await page.say(say([[{ tool: "show_cat_profile", args: { age: 3, toy: "yarn" } }]]));
    expect(doneItems(card)[1]).toMatchObject({ type: "widget", widget: { type: "Card" }, copy_text: "Unnamed cat, 3 years" });
    expect(texts(card)).toEqual(["Would you like to name your cat?"]);
    const spoken = await page.say(say([[{ tool: "speak_as_cat", args: { line: "meow" } }], [{ text: "It said so." }]]));
    expect(effects(spoken)).toMatchObject([{ name: "cat_say", data: { message: "meow" } }]);
    const painted = await page.say(say([[{ image: { partials: 3 } }, { text: "There." }]]));
    const progress = painted.flatMap((event) =>
      event.type === "thread.item.updated" && event.update.type === "generated_image.updated" ? [event.update.progress] : [],
    );
    expect(progress).toEqual([0, 1 / 3, 2 / 3]);
    expect((await page.items()).at(-2)).toMatchObject({ type: "generated_image", image: { url: expect.stringMatching(/^data:image/) } });
  });

  test("finishes an answer that nobody waits for", async () => {
    const page = lounge.page();
    await page.say(say([[{ text: "Hello." }]]));
    const turns = [[{ sleep: 50 }, { tool: "feed_cat", args: { how: null } }], [{ text: "Fed." }]];
    const leaving = new AbortController();
    const response = await page.post(
      "threads.add_user_message",
      { thread_id: page.threadId, input: userInput(say(turns)) },
      { signal: leaving.signal },
    );
    for await (const event of eventsOf(response)) if (event.type === "stream_options") break;
    leaving.abort();
    await lounge.settled();
    const deadline = Date.now() + 5000;
    while (texts(await done(page)).at(-1) !== "Fed." && Date.now() < deadline) await Bun.sleep(20);
    expect(texts(await done(page)).at(-1)).toBe("Fed.");
    expect(await page.json<object>(`/cats/${page.threadId}`)).toMatchObject({ cat: { energy: 9 } });
  });

  test("shows a cat to its own person only", async () => {
    const page = lounge.page("ada");
    await page.say(say([[{ text: "Hello." }]]));
    const other = await lounge.page("bob").fetch(`/cats/${page.threadId}`);
    expect([other.status, ((await other.json()) as ErrorBody).error.code]).toEqual([404, "thread_not_found"]);
  });
});

async function done(page: ReturnType<ServedAgent["page"]>): Promise<SentEvent[]> {
  return (await page.items()).map((item) => ({ type: "thread.item.done", item }));
}
