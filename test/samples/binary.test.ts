import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { doneItems, outline, say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, startBinary } from "../support/binary.ts";
import { Page } from "../support/page.ts";
import { ResponsesServer } from "../support/responses-server.ts";

setDefaultTimeout(90_000);

const model = new ResponsesServer();
beforeAll(binary);
afterAll(() => model.stop());

/** A sample copied to a folder with nothing else in it, served by the compiled program with a database there. */
async function serveSample(name: string) {
  const folder = await emptyFolder();
  await cp(join(import.meta.dir, name), folder.path, { recursive: true });
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url, CHATKIT_MODEL: "fake" };
  const start = () => startBinary(["--database-url", "sqlite:./chat.db", "--agent", "agent.ts"], { cwd: folder.path, env });
  let program = await start();
  return {
    page: new Page(program.url, { "x-user-id": "ada" }),
    /** Kills the program, and starts it again: a page of the same person. */
    async restart(): Promise<Page> {
      await program.end("SIGKILL");
      program = await start();
      return new Page(program.url, { "x-user-id": "ada" });
    },
    async [Symbol.asyncDispose]() {
      await program.end("SIGKILL");
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("the compiled program serves, with no node_modules near", () => {
  test.each([
    ["cat-lounge", "/cats/:thread"],
    ["customer-support", "/support/customer?thread_id=:thread"],
    ["news-guide", "/articles/tags"],
    ["agents-desk", "/chatkit/state?thread_id=:thread"],
  ])("%s", async (name, route) => {
    await using sample = await serveSample(name);
    const { page } = sample;
    const judges = { "belongs to": [[{ text: '{"ok":true,"reasoning":""}' }]], "get around": [[{ text: '{"ok":true,"reasoning":""}' }]] };
    expect(texts(await page.say(say({ turns: [[{ text: "Welcome." }]], when: judges })))).toEqual(["Welcome."]);
    const response = await page.fetch(route.replace(":thread", page.threadId));
    expect([response.status, Object.keys((await response.json()) as object).length > 0]).toEqual([200, true]);
  });

  test("cat-lounge, whose cat outlives the program", async () => {
    await using sample = await serveSample("cat-lounge");
    const { page } = sample;
    await page.say(
      say([[{ tool: "feed_cat", args: { how: null } }], [{ tool: "set_cat_name", args: { name: "Moss" } }], [{ text: "Moss it is." }]]),
    );
    const later = await sample.restart();
    later.threadId = page.threadId;
    expect(await later.json<object>(`/cats/${page.threadId}`)).toMatchObject({ cat: { name: "Moss", energy: 9 } });
    expect(await later.thread()).toMatchObject({
      title: "Moss's lounge",
      items: { data: [{ type: "user_message" }, { type: "assistant_message" }] },
    });
    await later.say(say([[{ text: "Hello again." }]]));
    expect(JSON.stringify(model.requests.at(-1)?.body.input)).toContain("<CAT_NAME_SELECTED>Moss");
  });

  test("metro-map, with its widget, its client tool, its entities and its map", async () => {
    await using sample = await serveSample("metro-map");
    const { page } = sample;
    const shown = await page.say(say([[{ tool: "show_line_selector", args: { message: "Which line?" } }]]));
    const list = doneItems(shown).find((item) => item.type === "widget");
    expect(outline(await page.act({ type: "line.select", payload: { id: "amber" } }, list?.id))).toContain("client_effect");
    await page.say(
      say([[{ tool: "get_selected_stations" }], [{ tool: "plan_route", args: { stations: ["pier"], message: "Stay at Old Pier." } }]]),
    );
    const answered = await page.events("threads.add_client_tool_output", { thread_id: page.threadId, result: { stationIds: ["pier"] } });
    expect(doneItems(answered).at(-1)).toMatchObject({ content: [{ annotations: [{ source: { type: "entity", id: "pier" } }] }] });
    expect(await page.json<object>("/map")).toMatchObject({ map: { id: "harbour" } });
  });
});
