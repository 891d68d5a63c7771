import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import { assistantMessage, progress } from "../../src/server/builders.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { asker, createThread, events, itemsOf, ports, Scripted, stream, textOf, userInput } from "../support/chat.ts";
import { faulty } from "../support/faulty-store.ts";
import { newDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";

/** What the simulator has found in memory, over the real databases: writes that are done while their answers are lost. */
const folder = mkdtempSync(join(tmpdir(), "chatkit-lost-answers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STORES = {
  SQLite: async () => new SqliteStore<RequestContext>(join(folder, "chat.db")),
  PostgreSQL: async () => new PostgresStore<RequestContext>({ url: await newDatabase() }),
};
const texts = (kind: string) => ({ type: "Text" as const, id: kind, value: "" });
const CALL: ThreadStreamEvent = { type: "thread.item.done", item: { type: "client_tool_call", call_id: "c", name: "pick", arguments: {} } };

for (const [name, open] of Object.entries(STORES)) {
  describe(`${name}, when the answer to a write is lost`, () => {
    let store: ReturnType<typeof faulty<SqliteStore<RequestContext> | PostgresStore<RequestContext>>>;
    beforeAll(async () => {
      const opened = await open();
      await opened.migrate();
      store = faulty(opened);
    }, 60_000);
    afterAll(() => store.close());

    const tried = async (method: string, times = 1) => {
      const before = store.calls.length;
      await until(async () => (store.calls.slice(before).filter((call) => call === method).length >= times ? true : undefined));
      store.losing = [];
    };

    test("a delta is not written twice, although a click has changed the same widget since", async () => {
      const server: Scripted = new Scripted(async function* () {
        yield { type: "thread.item.done", item: { id: "w", type: "widget", widget: { type: "Card", children: [texts("log"), texts("stream")] } } };
        store.losing = ["updateItem"];
        const update = { type: "widget.streaming_text.value_delta" as const, component_id: "stream", delta: "once", done: false };
        yield { type: "thread.item.updated", item_id: "w", update };
      }, ports(store));
      const answered = createThread(server);
      await tried("updateItem");
      const [thread] = (await store.loadThreads(1, null, "desc", asker())).data;
      const click = (stored: ThreadItem) => JSON.parse(JSON.stringify(stored).replace('"value":""', '"value":"clicked"')) as ThreadItem;
      await store.updateItem(thread!.id, "w", click, asker());
      const { threadId } = await answered;
      expect(JSON.stringify((await itemsOf(server, threadId))[1])).toMatch(/"value":"clicked".*"value":"once"/);
    }, 20_000);

    test("a client tool's output is answered all the same", async () => {
      const server = new Scripted(async function* (_thread, message) {
        yield message ? CALL : assistantMessage("answered");
      }, ports(store));
      const { threadId } = await createThread(server);
      store.losing = ["completeClientToolCall"];
      const answered = events(server, "threads.add_client_tool_output", { thread_id: threadId, result: { picked: 1 } });
      await tried("completeClientToolCall");
      expect((await answered).at(-1)).toMatchObject({ type: "thread.item.done", item: { content: [{ text: "answered" }] } });
      expect((await itemsOf(server, threadId))[1]).toMatchObject({ status: "completed", output: { picked: 1 } });
    }, 20_000);

    test("the text of a process that has to end is stored by another one", async () => {
      const server = new Scripted(async function* () {
        yield { type: "thread.item.added", item: { id: "m", type: "assistant_message", content: [{ text: "so far" }] } };
        yield progress("waiting");
        await new Promise(() => {});
      }, { ...ports(store), leaseMs: 1000 });
      let threadId = "";
      const reading = (async () => {
        for await (const event of stream(server, "threads.create", { input: userInput("question") })) if (event.type === "thread.created") threadId = event.thread.id;
      })();
      await tried("checkpointRun", 2);
      store.failing = ["cutOffRun"];
      await Promise.all([server.drain(0), reading]);
      store.failing = [];
      const other = new Scripted(async function* () {}, ports(store));
      await until(async () => ((await other.runs.recover()) > 0 ? true : undefined));
      expect((await itemsOf(other, threadId)).map(textOf)).toEqual(["question", "so far"]);
    }, 20_000);
  });
}
