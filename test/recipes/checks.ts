import { expect } from "bun:test";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import type { Attachment } from "../../src/protocol/attachments.ts";
import type { SentEvent } from "../../src/protocol/events.ts";
import type { Page as Rows, Thread } from "../../src/protocol/thread.ts";
import { doneItems, outline, say as sayThat, texts } from "../support/agent-turn.ts";
import { emptyFolder } from "../support/binary.ts";
import type { OutputSpec, Script } from "../support/model-script.ts";
import type { Page } from "../support/page.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

/** What a recipe shows when its file is served. */
type Check = (file: string) => Promise<void>;
type Ask = {
  page: Page;
  served: ServedAgent;
  /** Sends a message that makes the model say that. */ say(script: OutputSpec[][] | Script): Promise<SentEvent[]>;
};

function served(check: (ask: Ask) => Promise<void>, headers: Record<string, string> = {}): Check {
  return async (file) => {
    const agent = await serveAgent(file);
    try {
      const page = agent.page("ada", headers);
      await check({ page, served: agent, say: (script) => page.say(sayThat(script)) });
    } finally {
      await agent.stop();
    }
  };
}

const ofType = <T extends SentEvent["type"]>(events: SentEvent[], type: T) =>
  events.filter((event): event is Extract<SentEvent, { type: T }> => event.type === type);
/** What the model was sent last, as text. */
const input = ({ model }: ServedAgent) => JSON.stringify(model.requests.findLast(({ body }) => body.stream)?.body.input);
const DONE = [{ text: "Done." }];

/** By the recipe's name. */
export const CHECKS: Record<string, Check> = {
  widget: served(async ({ page, say }) => {
    const events = await say([[{ tool: "show_weather", args: { city: "Oslo", degrees: 3 } }], DONE]);
    const card = doneItems(events).find((item) => item.type === "widget");
    expect(card).toMatchObject({ widget: { children: [{ value: "Oslo: 3 °C" }, { onClickAction: { payload: { city: "Oslo" } } }] } });
    expect(texts(events)).toEqual(["Done."]);
    expect((await page.items()).map(({ type }) => type)).toContain("widget");
  }),

  "widget-click": served(async ({ page, served, say }) => {
    await say([[{ text: "Hello." }]]);
    const base = { thread_id: page.threadId, created_at: new Date().toISOString() };
    const sender = { ...base, id: "wid_1", type: "widget" as const, widget: { type: "Card" as const, children: [] } };
    await served.store.addThreadItem(page.threadId, sender, { userId: "ada" } as never);
    const city = `Oslo ${sayThat([[{ text: "It rains." }]])}`;
    const events = await page.act({ type: "weather.tomorrow", payload: { city } }, "wid_1");
    expect(outline(events).slice(0, 3)).toEqual(["stream_options", "removed", "added assistant_message"]);
    expect(texts(events)).toEqual(["It rains."]);
    expect((await page.items()).map(({ type }) => type)).toEqual(["user_message", "assistant_message", "assistant_message"]);
    expect((await page.act({ type: "weather.tomorrow", payload: {} })).at(-1)).toMatchObject({ type: "error", allow_retry: false });
    expect((await page.act({ type: "other" })).at(-1)).toMatchObject({ type: "error", message: expect.stringContaining("other") });
  }),

  "widget-stream": served(async ({ page }) => {
    const poem = "Roses are red";
    const events = await page.say(sayThat([[{ tool: "write_poem", args: { about: sayThat([[{ text: poem }]]) } }], DONE]));
    const deltas = ofType(events, "thread.item.updated").flatMap(({ update }) =>
      update.type === "widget.streaming_text.value_delta" ? [update] : [],
    );
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map(({ delta }) => delta).join("")).toBe(poem);
    expect((await page.items()).find(({ type }) => type === "widget")).toMatchObject({
      widget: { children: [{ value: poem, streaming: false }] },
    });
    expect(texts(events)).toEqual(["Done."]);
  }),

  "client-tool": served(async ({ page, served, say }) => {
    const events = await say([[{ tool: "read_selection", args: { format: "text" } }], DONE]);
    expect(ofType(events, "progress_update")).toMatchObject([{ text: "Looking at your selection…" }]);
    expect(doneItems(events).at(-1)).toMatchObject({ type: "client_tool_call", status: "pending", arguments: { format: "text" } });
    const rest = await page.events("threads.add_client_tool_output", { thread_id: page.threadId, result: "some words" });
    expect(texts(rest)).toEqual(["Done."]);
    expect(input(served)).toContain("some words");
  }),

  questions: served(async ({ page, served, say }) => {
    const events = await say([[{ tool: "ask_about_trip" }], DONE]);
    expect(texts(events)).toEqual([]);
    const form = doneItems(events).at(-1);
    expect(form).toMatchObject({ type: "structured_input", status: "pending", inputs: [{ id: "where" }, { id: "how", multiple: false }] });
    const where = `Bergen ${sayThat([[{ text: "To Bergen by boat." }]])}`;
    const answers = { where: { values: [where] }, how: { values: ["Boat", "Train"] } };
    const more = { thread_id: page.threadId, item_id: form?.id, input: { status: "answered", answers } };
    const rest = await page.events("threads.add_structured_input", more);
    expect(outline(rest)).toContain("replaced structured_input");
    expect(texts(rest)).toEqual(["To Bergen by boat."]);
    expect(input(served)).toContain("Where to?: Bergen");
    expect(input(served)).toContain("How?: Boat\\n");
  }),

  progress: served(async ({ page, say }) => {
    const events = await say([[{ tool: "research", args: { topic: "moss" } }], DONE]);
    expect(ofType(events, "progress_update")).toMatchObject([{ text: "Getting ready…", icon: "search" }]);
    expect(outline(events)).toEqual(
      expect.arrayContaining(["added workflow", "workflow.task.added", "workflow.task.updated", "done workflow"]),
    );
    const workflows = (await page.items()).flatMap((item) => (item.type === "workflow" ? [item.workflow] : []));
    expect(workflows.at(-1)).toMatchObject({
      tasks: [
        { title: "Read about moss", status_indicator: "complete" },
        { type: "web_search", queries: ["moss"] },
      ],
      summary: { title: "Looked into it", icon: "check" },
    });
  }),

  titles: served(async ({ page, served, say }) => {
    const events = await say({ turns: [DONE], when: { "Name this conversation": [[{ text: "Moss and stone" }]] } });
    expect(ofType(events, "thread.updated").at(-1)?.thread.title).toBe("Moss and stone");
    expect((await page.thread()).title).toBe("Moss and stone");
    expect(served.model.requests.find(({ body }) => !body.stream)?.body["model"]).toBe("gpt-5-nano");
  }),

  approval: served(async ({ page, served, say }) => {
    const small = await say([[{ tool: "refund", args: { order: "A-1", euros: 5 } }], DONE]);
    expect(texts(small)).toEqual(["Done."]);
    const large = await say([[{ tool: "refund", args: { order: "A-2", euros: 50 } }], DONE]);
    expect(texts(large)).toEqual([]);
    const card = doneItems(large).find((item) => item.type === "widget");
    expect(JSON.stringify(card?.widget)).toContain("A-2");
    const { action } = /"onClickAction":(?<action>\{.*?\}\})/.exec(JSON.stringify(card?.widget))!.groups!;
    const decided = await page.act(JSON.parse(action!) as { type: string }, card?.id);
    expect(texts(decided)).toEqual(["Done."]);
    expect(input(served)).toContain("Paid back 50 € for A-2.");
  }),

  guardrail: served(async ({ page }) => {
    const script = sayThat([[{ text: "Let me see." }, { sleep: 50 }, { text: "It is 42." }]]);
    const refusal = "I can only help you to choose something.";
    const events = await page.say(`Do my homework ${script}`);
    expect(texts(events).at(-1)).toBe(refusal);
    expect(ofType(events, "error")).toEqual([]);
    expect(texts((await page.items()).map((item) => ({ type: "thread.item.done", item })))).toEqual([refusal]);
    page.threadId = "";
    expect(texts(await page.say(`What is good? ${sayThat([DONE])}`))).toEqual(["Done."]);
  }),

  attachments: served(async ({ page, served }) => {
    const create = (name: string, mime_type: string) => page.ask<Attachment>("attachments.create", { name, size: 5, mime_type });
    const file = await create("notes.txt", "text/plain");
    const { url, method, headers } = file.upload_descriptor!;
    const put = (user: string) => fetch(url, { method, body: "moss grows", headers: { ...headers, "x-user-id": user } });
    expect((await put("eve")).status).toBe(404);
    expect((await put("ada")).status).toBe(204);
    const never = await create("later.txt", "text/plain");
    const events = await page.say(sayThat([DONE]), { attachments: [file.id, never.id] });
    expect(doneItems(events)[0]).toMatchObject({ attachments: [{ id: file.id, name: "notes.txt" }, { id: never.id }] });
    expect(input(served)).toContain(btoa("moss grows"));
    expect(input(served)).toContain("[attachment later.txt text/plain]");
  }),

  mentions: served(async ({ page, served }) => {
    const tag = (id: string, text: string) => ({ type: "input_tag", id, text, data: {} });
    const content = [{ type: "input_text", text: `${sayThat([DONE])} Is this good: ` }, tag("p-1", "Tea"), tag("p-2", "Coffee")];
    await page.say("", { content });
    expect(input(served)).toContain("<product>Tea, green, 100 g, 4 €</product>");
    expect(input(served)).toContain("<product>Coffee: not sold here</product>");
  }),

  "hidden-context": served(async ({ page, served, say }) => {
    const events = await say([[{ tool: "add_to_cart", args: { product: "tea" } }], DONE]);
    expect(ofType(events, "client_effect")).toEqual([{ type: "client_effect", name: "cart.changed", data: { product: "tea" } }]);
    expect(JSON.stringify([events, await page.items()])).not.toContain("In the cart since");
    await say([DONE]);
    expect(input(served)).toMatch(/<HiddenContext>\\nIn the cart since .*: tea/);
  }),

  lock: served(async ({ page, say }) => {
    const events = await say([[{ tool: "hand_over" }], [{ text: "Goodbye." }]]);
    expect(texts(events)).toEqual(["Goodbye."]);
    const locked = { type: "locked", reason: "A colleague will answer by mail." } as const;
    expect(ofType(events, "thread.updated").at(-1)?.thread.status).toEqual(locked);
    expect((await page.thread()).status).toEqual(locked);
    expect((await say([DONE])).at(-1)).toMatchObject({ type: "error", message: "A colleague will answer by mail." });
    expect(await page.items()).toHaveLength(doneItems(events).length);
  }),

  "model-server": async (file) => {
    const { config } = await loadConfig({ config: file }, {});
    expect(config.openaiBaseUrl).toBe("http://127.0.0.1:11434/v1");
    // All but the address, at which nothing listens here.
    const agent = await serveAgent(undefined, { CHATKIT_CONFIG: file, OPENAI_API_KEY: "", CHATKIT_MODEL: "" });
    try {
      expect(texts(await agent.page().say(sayThat([DONE])))).toEqual(["Done."]);
      const asked = agent.model.requests.find(({ body }) => body.stream);
      expect(asked?.path).toBe("/v1/chat/completions");
      expect(asked?.headers.get("authorization")).toBe("Bearer unused");
      expect(asked?.body["model"]).toBe("llama3.2");
    } finally {
      await agent.stop();
    }
  },

  "no-code": async (file) => {
    const api = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      development: false,
      fetch: (request) => Response.json({ asked: new URL(request.url).pathname }),
    });
    await using folder = await emptyFolder();
    const here = join(folder.path, "agent.yaml");
    await Bun.write(here, (await Bun.file(file).text()).replace("https://api.example.com", api.url.origin));
    const agent = await serveAgent(here);
    try {
      expect(texts(await agent.page().say(sayThat([[{ tool: "forecast", args: { city: "Oslo" } }], DONE])))).toEqual(["Done."]);
      expect(input(agent)).toContain("/forecast/Oslo");
    } finally {
      await agent.stop();
      await api.stop(true);
    }
  },

  route: served(async ({ page, served, say }) => {
    await say([DONE]);
    const { items } = await page.json<{ items: { type: string }[] }>(`/threads/${page.threadId}/export`);
    expect(items.map(({ type }) => type)).toEqual(["user_message", "assistant_message"]);
    expect((await served.page("eve").fetch(`/threads/${page.threadId}/export`)).status).toBe(404);
  }),

  "request-context": served(
    async ({ served, say }) => {
      await say([[{ tool: "read_plan" }], DONE]);
      expect(input(served)).toContain('"output":"gold"');
      const refused = await served.page("bob").post("threads.list", {});
      expect([refused.status, ((await refused.json()) as { message: string }).message]).toEqual([403, "Not a member."]);
    },
    { "x-plan": "gold" },
  ),

  respond: served(async ({ page, served, say }) => {
    const events = await say([[{ text: "First." }]]);
    expect(outline(events).slice(2, 4)).toEqual(["stream_options", "progress_update"]);
    expect(texts(events)).toEqual(["First."]);
    await say([[{ text: "Second." }]]);
    expect(input(served)).toContain("First.");
    expect(await page.items()).toHaveLength(4);
    expect((await page.thread()).title).toBeDefined();
    const run = served.lines.find(({ message }) => message === "agent run");
    expect(run?.fields).toMatchObject({ outcome: "completed", agent: "Assistant", thread_id: page.threadId, user_id: "ada" });
  }),

  feedback: served(async ({ page, served, say }) => {
    await say([DONE]);
    const answer = (await page.items()).at(-1)!;
    const params = { thread_id: page.threadId, item_ids: [answer.id], kind: "positive" };
    expect(await page.ask("items.feedback", params)).toEqual({});
    expect(await served.store.loadFeedback(page.threadId, { userId: "ada" } as never)).toEqual({ [answer.id]: "positive" });
    expect(served.lines.find(({ message }) => message === "feedback")?.fields).toEqual(params);
  }),

  webhook: served(async ({ page, served, say }) => {
    process.env["WEBHOOK_SECRET"] = "planted";
    await say([DONE]);
    const body = JSON.stringify({ user: "ada", thread: page.threadId, status: "shipped" });
    const signed = (time: number, secret = "planted") => ({
      "x-timestamp": String(time),
      "x-signature": createHmac("sha256", secret).update(`${time}.${body}`).digest("hex"),
    });
    const call = async (headers: Record<string, string>) => (await fetch(`${served.url}/webhooks/orders`, { method: "POST", body, headers })).status;
    const now = Math.floor(Date.now() / 1000);
    expect([await call({}), await call(signed(now, "guessed")), await call(signed(now - 3600))]).toEqual([403, 403, 403]);
    expect(await call(signed(now))).toBe(204);
    await say([DONE]);
    expect(input(served)).toContain("The order has been shipped.");
  }),

  store: served(async ({ page, served, say }) => {
    await say([[{ text: "First." }]]);
    const first = page.threadId;
    page.threadId = "";
    await say([[{ text: "Second." }]]);
    const threads = await page.ask<Rows<Thread>>("threads.list", { limit: 1 });
    expect(threads).toMatchObject({ data: [{ id: page.threadId }], has_more: true });
    expect(await page.ask<Rows<Thread>>("threads.list", { limit: 1, after: threads.after })).toMatchObject({
      data: [{ id: first }],
      has_more: false,
    });
    const items = await page.items();
    expect(texts(items.map((item) => ({ type: "thread.item.done", item })))).toEqual(["Second."]);
    const again = await page.events("threads.retry_after_item", { thread_id: page.threadId, item_id: items[0]?.id });
    expect(texts(again)).toEqual(["Second."]);
    expect(await page.items()).toHaveLength(2);
    expect(await served.page("eve").ask<Rows<Thread>>("threads.list", {})).toMatchObject({ data: [] });
    await page.ask("threads.delete", { thread_id: page.threadId });
    expect((await page.post("threads.get_by_id", { thread_id: page.threadId })).status).toBe(404);
    expect(await served.store.loadThreads(10, null, "asc", { userId: "ada" } as never)).toMatchObject({ data: [] });
  }),
};
