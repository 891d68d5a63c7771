import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskBytes } from "../../src/attachments/disk.ts";
import { runVerb } from "../../src/cli/program.ts";
import type { Actions } from "../../src/cli/verbs.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";

let folder: string;
let store: SqliteStore;
const url = (name = "chat") => `sqlite:${join(folder, name, "chatkit.db")}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "verbs-"));
  store = await made("chat");
  for (const [userId, id] of [["ada", "thr_1"], ["bob", "thr_2"]] as const) {
    const thread = { id, title: `Of ${userId}`, created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" as const }, metadata: {} };
    const item = { id: `msg_${id}`, thread_id: id, created_at: "2026-01-01T00:00:00.000Z", type: "assistant_message" as const, content: [] };
    await store.moveIn([{ thread: { userId, thread, updatedAt: 1e12 }, items: [item] }]);
  }
  await store.saveAttachment({ type: "file", id: "atc_00000001", name: "a.txt", mime_type: "text/plain", thread_id: "thr_1" }, { userId: "ada" });
  await new DiskBytes(join(folder, "chat/attachments")).write("atc_00000001", new Blob(["bytes"]).stream() as unknown as AsyncIterable<Uint8Array>);
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function made(name: string): Promise<SqliteStore> {
  const made = new SqliteStore(join(folder, name, "chatkit.db"));
  await made.migrate();
  return made;
}

async function run(...args: string[]) {
  const said: string[] = [];
  const conversations = async () => ({ ...(await import("../../src/runtime/verbs/conversations.ts")), ...(await import("../../src/runtime/verbs/back-up.ts")) });
  const actions = { conversations } as unknown as Actions;
  const code = await runVerb(args, actions, { out: (line) => said.push(line), err: (line) => said.push(line) });
  return { code, said: said.join("\n") };
}

describe("beside a server that has the database open", () => {
  test("threads are listed and shown", async () => {
    expect(await run("threads", "list", "--user", "ada", "--database-url", url())).toEqual({ code: 0, said: "thr_1  2026-01-01T00:00:00.000Z  Of ada" });
    const { code, said } = await run("thread", "show", "thr_2", "--database-url", url());
    expect([code, JSON.parse(said)]).toMatchObject([0, { user: "bob", thread: { id: "thr_2" }, items: [{ id: "msg_thr_2" }] }]);
    expect(await run("thread", "show", "thr_9", "--database-url", url())).toEqual({ code: 1, said: "there is no thread thr_9" });
  });

  test("everything goes out to a file and into another database, with the files that were sent", async () => {
    const [lines, files] = [join(folder, "all.jsonl"), join(folder, "files")];
    expect(await run("export", "--output", lines, "--files", files, "--database-url", url())).toEqual({ code: 0, said: "" });
    const other = await made("other");
    const { code, said } = await run("import", lines, "--files", files, "--database-url", url("other"));
    expect([code, said]).toEqual([0, "imported: 2 threads, 2 items, 1 attachments, 0 pieces of feedback"]);
    expect((await other.loadThread("thr_1", { userId: "ada" })).title).toBe("Of ada");
    expect((await run("import", lines, "--database-url", url("never-started"))).code).toBe(0);
    expect((await run("threads", "list", "--user", "bob", "--database-url", url("not-there-yet"))).said).toMatch(/run the migrate verb\.$/);
    await other.close();
    expect(await Bun.file(join(folder, "files/atc_00000001")).text()).toBe("bytes");
    const bytes = await new DiskBytes(join(folder, "other/attachments")).open("atc_00000001");
    expect(new TextDecoder().decode(await bytes!.all())).toBe("bytes");
  });

  test("a backup has all of it, and says where the files are; nothing is overwritten", async () => {
    const copy = join(folder, "copies/backup.db");
    mkdirSync(join(folder, "copies"));
    const { code, said } = await run("backup", copy, "--database-url", url());
    expect([code, said.split("\n").at(-1)]).toEqual([0, `the files that were sent are in ${copy}-attachments`]);
    const restored = new SqliteStore(copy);
    expect((await restored.loadThread("thr_2", { userId: "bob" })).title).toBe("Of bob");
    await restored.close();
    expect(await run("backup", copy, "--database-url", url())).toMatchObject({ code: 2, said: expect.stringContaining("is there already") });
    expect(await run("backup", join(folder, "no.db"), "--database-url", `sqlite:${join(folder, "none.db")}`)).toMatchObject({ code: 2 });
    expect(existsSync(join(folder, "none.db"))).toBe(false);
  });

  test("a user has everything of theirs, and nothing is left of them when they are deleted", async () => {
    const mine = join(folder, "ada.jsonl");
    await run("user", "export", "ada", "--output", mine, "--database-url", url());
    expect((await Bun.file(mine).text()).match(/"user":"\w+"/g) as string[]).toEqual(Array(3).fill('"user":"ada"'));
    expect(await run("user", "delete", "ada", "--database-url", url())).toEqual({ code: 0, said: "deleted: 1 thread, and all files of that user" });
    expect(existsSync(join(folder, "chat/attachments"))).toBe(true);
    expect(await new DiskBytes(join(folder, "chat/attachments")).open("atc_00000001")).toBeUndefined();
    expect((await run("threads", "list", "--user", "ada", "--database-url", url())).said).toBe("");
    expect((await run("threads", "list", "--user", "bob", "--database-url", url())).said).toContain("thr_2");
  });
});

test.each<[string[], number]>([
  [["export", "--database-url", "memory:"], 2],
  [["import", "/no/such/file", "--database-url", "SQLITE"], 2],
  [["threads", "list"], 2],
  [["user", "delete"], 2],
])("%p is refused with %d and a line that says why", async (args, code) => {
  const { code: given, said } = await run(...args.map((arg) => (arg === "SQLITE" ? url() : arg)));
  expect([given as number, said.startsWith("error: ")]).toEqual([code, true]);
});
