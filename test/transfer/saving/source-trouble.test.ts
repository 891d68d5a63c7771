import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { checkSaved } from "../../../src/transfer/saving/check-saved.ts";
import { makeProject } from "../project.ts";
import { differences, lines } from "../saved-folder.ts";
import { Saving } from "../saving.ts";

describe("a folder is of one project:", () => {
  test("another address is refused, and the folder stays as it was", async () => {
    await using saving = await Saving.of({ threads: 5 });
    await using other = await Saving.of({ threads: 5, seed: 2 });
    await saving.save();
    const message = `${saving.folder} holds what ${saving.server.baseUrl} served: save ${other.server.baseUrl} into a new folder`;
    await expect(saving.save({ source: other.server.source })).rejects.toThrow(message);
    expect((await checkSaved(saving.folder)).problems).toEqual([]);
    expect(other.server.seen).toEqual([]);
  });

  test("another key, which knows none of its threads, is refused", async () => {
    await using saving = await Saving.of({ threads: 20 });
    const { server, folder } = saving;
    await saving.save();
    const manifest = readFileSync(join(folder, "manifest.json"), "utf8");
    const before = server.threads;
    server.threads = makeProject({ threads: 40 }).slice(20);
    await expect(saving.save()).rejects.toThrow(`${folder} holds another project, of which this key finds no thread`);
    expect(readFileSync(join(folder, "manifest.json"), "utf8")).toBe(manifest);
    // Many new threads are no other project.
    server.threads = [...before, ...makeProject({ threads: 150 }).slice(20)];
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
  });
});

describe("of a thread that cannot be read to its end", () => {
  test.each([[400], [404], [403]])("the pages before an HTTP %d are kept, and asked for once or twice", async (status) => {
    await using saving = await Saving.of({ threads: 9, long: 450 });
    const { server, folder } = saving;
    const thread = server.threads[7]!;
    const bad = thread.items[299]!.id;
    server.instead = (_, query, response) => {
      if (query.get("after") === bad) response.writeHead(status).end('{"error":{"message":"boom"}}');
      return query.get("after") === bad;
    };
    const { missing } = await saving.save();
    expect(missing).toEqual([{ thread: thread.id, reason: `HTTP ${status}: boom` }]);
    const part = { ...thread, items: thread.items.slice(0, 300) };
    expect(differences(folder, [...server.threads.slice(0, 7), part, ...server.threads.slice(8)])).toEqual([]);
    expect(server.seen.filter(({ path }) => path.includes(thread.id)).length).toBeLessThanOrEqual(6);
    server.instead = () => false;
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("what was saved of it stays, when a later run cannot read it to its end", async () => {
    await using saving = await Saving.of({ threads: 9, long: 450 });
    const { server, folder } = saving;
    await saving.save();
    const thread = server.threads[7]!;
    thread.json = thread.json.replace("}", ',"x":1}');
    const bad = thread.items[199]!.id;
    server.instead = (_, query, response) => query.get("after") === bad && (response.writeHead(400).end("{}"), true);
    const { missing, manifest } = await saving.save();
    expect([missing, manifest.items_gone_at_source]).toEqual([[{ thread: thread.id, reason: "HTTP 400" }], 0]);
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("an item that goes while it is the place to go on from does not matter", async () => {
    await using saving = await Saving.of({ threads: 9, long: 450 });
    const { server, folder } = saving;
    const thread = server.threads[7]!;
    const all = [...thread.items];
    server.instead = (_, query) => {
      if (query.get("after") === all[199]!.id) thread.items = all.toSpliced(199, 1);
      return false;
    };
    const { manifest } = await saving.save();
    expect([manifest.complete, lines(folder, "items.jsonl").filter((line) => line === all[199]!.json).length]).toEqual([true, 1]);
  });
});

describe("a refusal of one thread", () => {
  test.each([[401], [403]])("with %d says nothing of the key, also when it is the newest", async (status) => {
    await using saving = await Saving.of({ threads: 30 });
    const { server } = saving;
    const { id } = server.threads.at(-1)!;
    server.instead = (path, _, response) => path.includes(id) && (response.writeHead(status).end("{}"), true);
    const { missing } = await saving.save();
    expect(missing).toEqual([{ thread: id, reason: `HTTP ${status}` }]);
  });
});

test("a date on a server that lists in no order it was asked for finds all", async () => {
  await using saving = await Saving.of({ threads: 60 });
  const { server, folder } = saving;
  const old = makeProject({ threads: 5 }).map((thread) => ({ ...thread, json: thread.json.replace(/"created_at":\d+/, '"created_at":1') }));
  const recent = server.threads.slice(5);
  // Five old ones of one second first, in pages of five.
  const listed = [...old, ...recent];
  server.instead = (path, query, response) => {
    if (!path.endsWith("/threads")) return false;
    const at = listed.findIndex(({ id }) => id === query.get("after")) + 1;
    const page = listed.slice(at, at + 5);
    const data = page.map(({ json }) => json).join(",");
    response.end(`{"data":[${data}],"has_more":${at + 5 < listed.length},"last_id":"${page.at(-1)!.id}"}`);
    return true;
  };
  await saving.save({ wanted: { user: undefined, sinceMs: 1_000_000_000_000 } });
  expect(differences(folder, recent)).toEqual([]);
});
