import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { SentEvent } from "../../src/protocol/events.ts";
import { doneItems, outline, say, texts } from "../support/agent-turn.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

let paper: ServedAgent;
beforeAll(async () => void (paper = await serveAgent(join(import.meta.dir, "news-guide/agent.ts"))));
afterAll(() => paper.stop());

const streamed = () => paper.model.requests.filter(({ body }) => body.stream);
const lastInput = () => JSON.stringify(streamed().at(-1)?.body.input);
const progressOf = (events: SentEvent[]) => events.flatMap((event) => (event.type === "progress_update" ? [event.text] : []));
const widgetOf = (events: SentEvent[]) => doneItems(events).find((item) => item.type === "widget");
const showEvents = { tool: "show_event_list_widget", args: { ids: ["choir", "swap"], message: "Two this week." } };

describe("the news guide", () => {
  test("reads the article that the page has open", async () => {
    const page = paper.page("ada", { "article-id": "tram" });
    const events = await page.say(say([[{ tool: "get_current_page" }], [{ text: "Until three." }]]));
    expect(progressOf(events)).toEqual(["Reading along…"]);
    expect(lastInput()).toContain("line 4 runs until three");
    const without = await paper.page().say(say([[{ tool: "get_current_page" }], [{ text: "Which one?" }]]));
    expect(progressOf(without)).toEqual(["No article is open."]);
  });

  test("shows articles as a list; opening one is answered", async () => {
    const page = paper.page();
    const show = { tool: "show_article_list_widget", args: { ids: ["bees", "pond"], message: "On nature:" } };
    const events = await page.say(say([[{ tool: "search_articles", args: { tag: "nature", author: null, words: null } }], [show]]));
    expect(progressOf(events)).toEqual(["Searching for nature…"]);
    expect(outline(events).filter((step) => step.startsWith("done"))).toEqual([
      "done user_message",
      "done assistant_message",
      "done widget",
    ]);
    expect(widgetOf(events)).toMatchObject({ copy_text: "Bees move into the bell tower, Who feeds the pond?" });
    const action = { type: "open_article", payload: { id: "bees" } };
    expect(texts(await page.act(action, widgetOf(events)?.id))).toEqual(["Shall I sum up _Bees move into the bell tower_?"]);
    // The page's own list sends it without any widget.
    expect(texts(await page.act(action))).toHaveLength(1);
  });

  test("gives the word to the agent that the composer's menu names", async () => {
    const page = paper.page();
    const asked = (id: string, text: string) => page.say(say([[{ text }]]), { inference_options: { tool_choice: { id } } });
    const instructions = () => String(streamed().at(-1)?.body["instructions"]);
    await asked("puzzle", "What has a bell?");
    expect(instructions()).toContain("puzzle corner");
    await asked("event_finder", "When?");
    expect(instructions()).toContain("what is on in town");
    await asked("no-such-tool", "Hm.");
    expect(instructions()).toContain("the town's paper");
  });

  test("lets an agent that is another's tool show its widget, and stops there", async () => {
    const page = paper.page();
    const inner = say([[{ tool: "search_events", args: { date: null } }], [showEvents]]);
    const events = await page.say(say([[{ tool: "delegate_to_event_finder", args: { input: inner } }], [{ text: "Never said." }]]));
    expect(progressOf(events)).toEqual(["Looking up events…"]);
    expect(texts(events)).toEqual(["Two this week."]);
    expect(widgetOf(events)).toMatchObject({ copy_text: "Choir on the bridge, Seed swap" });
  });

  test("opens one event at a time in the list that stands there", async () => {
    const page = paper.page();
    const list = widgetOf(await page.say(say([[showEvents]]), { inference_options: { tool_choice: { id: "event_finder" } } }));
    const opened = await page.act({ type: "view_event", payload: { id: "swap", ids: ["choir", "swap"] } }, list?.id);
    expect(outline(opened)).toEqual(["stream_options", "widget.root.updated"]);
    const stored = JSON.stringify((await page.items()).find(({ id }) => id === list?.id));
    expect(stored).toContain("Tomatoes are taken.");
    expect(stored).not.toContain("Bring a lantern.");
  });

  test("tells the model what was mentioned, each once, and keeps the tags in the message", async () => {
    const page = paper.page();
    const { tags } = await page.json<{ tags: { id: string; title: string; data: object }[] }>("/articles/tags");
    const tag = (id: string) => {
      const { title, data } = tags.find((one) => one.id === id)!;
      return { type: "input_tag", id, text: title, data, group: null, interactive: true };
    };
    const content = [{ type: "input_text", text: say([[{ text: "Ida wrote it." }]]) }, tag("bees"), tag("author:ida-lund"), tag("bees")];
    const events = await page.say("", { content });
    expect(lastInput().match(/<ARTICLE_REFERENCE>bees<\/ARTICLE_REFERENCE>/g)).toHaveLength(1);
    expect(lastInput()).toContain("<AUTHOR_REFERENCE>ida-lund</AUTHOR_REFERENCE>");
    expect(doneItems(events)[0]).toMatchObject({ content: [{}, { type: "input_tag", data: { article_id: "bees" } }, {}, {}] });
  });

  test("has routes for the page's own lists, whose errors read like the server's", async () => {
    const page = paper.page();
    expect((await page.json<{ articles: object[] }>("/articles/featured")).articles).toHaveLength(2);
    expect(await page.json<object>("/articles/pond")).toMatchObject({ article: { title: "Who feeds the pond?" }, reader: "ada" });
    const missing = await page.fetch("/articles/none");
    expect([missing.status, await missing.json()]).toEqual([404, expect.objectContaining({ message: "There is no article none." })]);
  });
});
