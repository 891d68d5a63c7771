import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { hostedItem } from "../../../src/transfer/conversations/from-hosted.ts";
import { importSaved } from "../../../src/transfer/conversations/import-hosted.ts";
import { makeProject } from "../project.ts";

setDefaultTimeout(60_000);

const folder = await mkdtemp(join(tmpdir(), "saved-"));
const store = new SqliteStore(join(folder, "chat.db"));
await store.migrate();
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const lines = (objects: string[]) => `${objects.join("\n")}\n`;

test("threads and items of a saved project come in their order, to their users, and without doubles when they come again", async () => {
  const project = makeProject({ threads: 60, long: 700 });
  await Bun.write(join(folder, "saved/threads.jsonl"), lines(project.map(({ json }) => json)));
  // As a second run leaves them: the newer items of a thread lie apart from its older ones.
  const items = project.map((thread) => thread.items.map(({ json }) => json));
  await Bun.write(join(folder, "saved/items.jsonl"), lines([...items.flatMap((all) => all.slice(0, 3)), ...items.flatMap((all) => all.slice(3))]));
  await Bun.write(join(folder, "saved/attachments.jsonl"), "");
  await Bun.write(join(folder, "saved/manifest.json"), "{}");
  const taken = (report: Awaited<ReturnType<typeof importSaved>>) => Object.values(report.items).reduce((sum, one) => sum + one.taken, 0);
  const first = await importSaved({ store }, join(folder, "saved"), {}, () => {});
  expect(first).toMatchObject({ threads: 60, withoutUser: project.filter(({ user }) => user === null).length });
  expect(first.items["user_message"]!.left + first.items["assistant_message"]!.left + first.items["task"]!.left + first.items["client_tool_call"]!.left).toBe(0);
  expect(first.items["hologram"]).toMatchObject({ taken: 0 });
  expect(taken(await importSaved({ store }, join(folder, "saved"), {}, () => {}))).toBe(taken(first));
  for (const { id, user, createdAt, items } of project) {
    const context = { userId: user ?? "(no user)" };
    expect(Date.parse((await store.loadThread(id, context)).created_at)).toBe(createdAt! * 1000);
    const stored = (await store.itemsAfter(context.userId, id, 0, 5000)).map(({ json }) => (JSON.parse(json) as { id: string }).id);
    expect(stored).toEqual(items.map((item) => item.id).filter((item) => stored.includes(item)));
  }
});

test("only those of a user, or since a day", async () => {
  const report = await importSaved({ store }, join(folder, "saved"), { userId: "user-1" }, () => {});
  expect(report.threads).toBeWithin(1, 40);
  expect((await importSaved({ store }, join(folder, "saved"), { since: 4e12 }, () => {})).threads).toBe(0);
});

test("a folder that is not whole is refused", async () => {
  expect(importSaved({ store }, folder, {}, () => {})).rejects.toThrow("is not a folder that was saved whole");
});

test.each([
  [{ type: "chatkit.user_message", content: [{ type: "input_text", text: "Hi" }, { type: "quoted_text", text: "that" }], inference_options: { model: "m", tool_choice: { id: "t" } } }, { type: "user_message", content: [{ text: "Hi" }], quoted_text: "that", inference_options: { model: "m", tool_choice: { id: "t" } } }],
  [{ type: "assistant_message", content: [{ type: "output_text", text: "See", annotations: [{ type: "url", source: { type: "url", url: "https://a.example/" } }, { type: "file", source: { type: "file", filename: "a.pdf" } }] }] }, { content: [{ annotations: [{ source: { type: "url", title: "https://a.example/" } }, { source: { filename: "a.pdf" } }] }] }],
  [{ type: "chatkit.widget", widget: '{"type":"Card","children":[]}' }, { type: "widget", widget: { type: "Card", children: [] } }],
  [{ type: "chatkit.client_tool_call", status: "in_progress", call_id: "c", name: "f", arguments: '{"a":1}', output: '{"b":2}' }, { status: "completed", arguments: { a: 1 }, output: { b: 2 } }],
  [{ type: "chatkit.task_group", tasks: [{ type: "custom", heading: "One", summary: null }, { type: "thought", heading: null, summary: "Hm" }] }, { type: "workflow", workflow: { tasks: [{ type: "custom", title: "One" }, { type: "thought", content: "Hm" }] } }],
])("%j is read", (given, expected) => {
  expect(hostedItem({ id: "i", created_at: 1_740_823_203, ...given }, "t", 0)).toMatchObject({ id: "i", thread_id: "t", created_at: "2025-03-01T10:00:03.000Z", ...expected });
});
