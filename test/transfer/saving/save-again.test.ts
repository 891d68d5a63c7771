import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { checkSaved } from "../../../src/transfer/saving/check-saved.ts";
import { makeThread, type HostedItem, type HostedThread } from "../project.ts";
import { differences, lines } from "../saved-folder.ts";
import { QUICK, Saving } from "../saving.ts";

const inode = (saving: Saving) => statSync(join(saving.folder, "items.jsonl")).ino;
const itemsOf = (threads: HostedThread[]) => threads.flatMap(({ items }) => items).length;

describe("saving again", () => {
  test("asks each thread once, for its last items, and writes nothing when nothing is new", async () => {
    await using saving = await Saving.of({ threads: 130, long: 250, preview: () => "data:text/plain,x" });
    const { server, folder } = saving;
    const first = await saving.save();
    server.seen.length = 0;
    server.served.items = 0;
    const { run, manifest } = await saving.save();
    const last = server.threads.reduce((sum, { items }) => sum + Math.min(items.length, 4), 0);
    expect([run.items, server.served.items, server.count("/items")]).toEqual([0, last, 130]);
    expect({ ...manifest, began_at: "", ended_at: "" }).toEqual({ ...first.manifest, began_at: "", ended_at: "" });
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("fetches new threads, new items, and threads that were renamed or locked", async () => {
    await using saving = await Saving.of({ threads: 120 });
    const { server, folder } = saving;
    await saving.save();
    server.threads.push(makeThread(120), makeThread(121));
    server.threads[3]!.json = server.threads[3]!.json.replace(/"title":.*?,"user"/, '"title":"New","user"');
    server.threads[5]!.items.push(
      ...makeThread(9, 2, 130).items.map(({ id, json }) => ({
        id: `${id}x`,
        json: json.replace(id, `${id}x`).replace("cthr_0000009", "cthr_0000005"),
      })),
    );
    const { run } = await saving.save();
    expect(run.items).toBe(130 + itemsOf(server.threads.slice(120)));
    expect(differences(folder, server.threads)).toEqual([]);
    expect((await checkSaved(folder)).problems).toEqual([]);
  });

  test("reads a tool call again that was waiting for its output, and writes it only when it has changed", async () => {
    await using saving = await Saving.of({ threads: 3 });
    const { server, folder } = saving;
    const [thread] = server.threads as [HostedThread];
    const call = (status: string, output: string) => ({
      id: "call",
      json: `{"id":"call","thread_id":"${thread.id}","type":"chatkit.client_tool_call","status":"${status}","output":${output}}`,
    });
    thread.items = [...makeThread(0, 1, 5).items, call("in_progress", "null"), { id: "z", json: `{"id":"z","thread_id":"${thread.id}"}` }];
    await saving.save();
    const before = inode(saving);
    const { run } = await saving.save();
    expect([run.items, inode(saving)]).toEqual([0, before]);
    thread.items[5] = call("completed", '"4 °C"');
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
    expect((await checkSaved(folder)).problems).toEqual([]);
  });

  test("never takes away what was saved, whatever the source has now", async () => {
    await using saving = await Saving.of({ threads: 12, long: 220 });
    const { server, folder } = saving;
    await saving.save();
    const thread = server.threads[7]!;
    const all = [...thread.items];
    const fresh = { id: "new", json: `{"id":"new","thread_id":"${thread.id}"}` };
    const expectAll = async (items: HostedItem[], gone: number, cursorIsRefused = false) => {
      server.instead = (_, query, response) => cursorIsRefused && query.has("after") && (response.writeHead(400).end("{}"), true);
      const { manifest } = await saving.save();
      const threads = server.threads.map((one) => (one.id === thread.id ? { ...one, items } : one));
      expect([differences(folder, threads), manifest.items_gone_at_source, manifest.complete]).toEqual([[], gone, true]);
      expect((await checkSaved(folder)).problems).toEqual([]);
    };
    thread.items = all.slice(0, -1);
    await expectAll(all, 1);
    thread.items = [...all.slice(0, -5), fresh];
    await expectAll([...all, fresh], 5);
    thread.items = [];
    await expectAll([...all, fresh], 221);
    await expectAll([...all, fresh], 221, true);
    thread.items = [...all, fresh];
    await expectAll([...all, fresh], 0);
  });

  test("compares the last items of every thread, and all of one that has changed itself", async () => {
    await using saving = await Saving.of({ threads: 12, long: 40 });
    const { server, folder } = saving;
    await saving.save();
    const { items } = server.threads[7]!;
    const finish = (i: number) => (items[i] = { ...items[i]!, json: items[i]!.json.replace(/}$/, ',"rest":"of the answer"}') });
    finish(39);
    const { run } = await saving.save();
    expect([differences(folder, server.threads), run.items]).toEqual([[], 1]);
    finish(2);
    server.threads[7]!.json = server.threads[7]!.json.replace("}", ',"x":1}');
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("with two different items of one id, keeps both", async () => {
    await using saving = await Saving.of({ threads: 2 });
    const { server, folder } = saving;
    const twin = (type: string) => ({ id: "twin", json: `{"id":"twin","thread_id":"${server.threads[1]!.id}","type":"${type}"}` });
    server.threads[1]!.items = [twin("task"), twin("widget")];
    for (let run = 0; run < 2; run++) {
      await saving.save();
      expect(differences(folder, server.threads)).toEqual([]);
    }
  });

  test("that finds nothing new, or gets nothing, leaves the folder as whole as it was", async () => {
    await using saving = await Saving.of({ threads: 130 });
    const { server, folder } = saving;
    await saving.save();
    let reads = 0;
    server.instead = (path) => {
      if (path.endsWith("/items") && ++reads === 40) saving.stop.abort();
      return false;
    };
    await expect(saving.save()).rejects.toThrow("stopped");
    server.instead = (_, __, response) => (response.writeHead(404).end(), true);
    await expect(saving.save({ signal: new AbortController().signal })).rejects.toThrow("has no ChatKit threads");
    const { manifest, problems } = await checkSaved(folder);
    expect([manifest?.complete, problems]).toEqual([true, []]);
  });

  test("keeps what the source has no more, and says so", async () => {
    await using saving = await Saving.of({ threads: 20 });
    const { server, folder } = saving;
    await saving.save();
    const all = [...server.threads];
    server.threads.splice(4, 2);
    const { manifest } = await saving.save();
    expect(differences(folder, all)).toEqual([]);
    expect([manifest.complete, manifest.gone_at_source]).toEqual([true, 2]);
    // A narrower question says nothing of the others.
    const narrow = await saving.save({ wanted: { user: "nobody", sinceMs: undefined } });
    expect(narrow.manifest.gone_at_source).toBe(2);
  });
});

describe("a run that was stopped", () => {
  test("leaves a folder that is not whole, and the next one goes on where it was", async () => {
    await using saving = await Saving.of({ threads: 200 });
    const { server, folder } = saving;
    let reads = 0;
    server.instead = (path) => {
      if (path.endsWith("/items") && ++reads === 100) saving.stop.abort();
      return false;
    };
    await expect(saving.save()).rejects.toThrow("stopped; run the same command again to go on with");
    expect(existsSync(join(folder, "manifest.json"))).toBe(false);
    expect((await checkSaved(folder)).problems).toEqual([
      "manifest.json is missing: an import was cut off, or is at work; run it again to go on",
    ]);
    server.instead = () => false;
    const had = new Set(lines(folder, "items.jsonl").map((line) => (JSON.parse(line) as { thread_id: string }).thread_id));
    const before = lines(folder, "items.jsonl").length;
    server.served.items = 0;
    server.seen.length = 0;
    await saving.save({ signal: new AbortController().signal });
    expect(differences(folder, server.threads)).toEqual([]);
    expect(server.served.items).toBeLessThanOrEqual(itemsOf(server.threads) - before + 4 * had.size);
    // What it had not come to is read first.
    const asked = server.seen.flatMap(({ path }) => /threads\/(\w+)\/items$/.exec(path)?.[1] ?? []);
    expect(asked.slice(0, 60).filter((id) => had.has(id)).length).toBeLessThan(10);
  });

  test("misses nothing that came meanwhile to threads it had read", async () => {
    await using saving = await Saving.of({ threads: 60 });
    const { server, folder } = saving;
    let reads = 0;
    server.instead = (path) => {
      if (path.endsWith("/items") && ++reads === 40) saving.stop.abort();
      return false;
    };
    await expect(saving.save()).rejects.toThrow("stopped");
    server.instead = () => false;
    for (const thread of server.threads)
      thread.items.push({ id: `${thread.id}n`, json: `{"id":"${thread.id}n","thread_id":"${thread.id}"}` });
    await saving.save({ signal: new AbortController().signal });
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("in the middle of a long thread goes on with its items", async () => {
    await using saving = await Saving.of({ threads: 1 });
    const { server, folder } = saving;
    // Its pages are large: a busy machine may take a while between two pieces of one.
    const patience = { ...QUICK, stallMs: 10_000 };
    // Beyond what is held in memory at once.
    const big = "x".repeat(30_000);
    server.threads[0]!.items = Array.from({ length: 400 }, (_, i) => ({
      id: `i${i}`,
      json: `{"id":"i${i}","thread_id":"cthr_0000000","big":"${big}"}`,
    }));
    server.instead = (_, query) => {
      if (query.get("after") === "i299") saving.stop.abort();
      return false;
    };
    await expect(saving.save({ patience })).rejects.toThrow("stopped");
    server.instead = () => false;
    server.seen.length = 0;
    await saving.save({ patience, signal: new AbortController().signal });
    expect(server.seen.find(({ path }) => path.endsWith("/items"))!.query.get("after")).toMatch(/^i\d9\d$/);
    expect(differences(folder, server.threads)).toEqual([]);
  });
});

describe("a compaction that was cut off", () => {
  async function compacted(): Promise<{ saving: Saving; path: string }> {
    const saving = await Saving.of({ threads: 5 });
    await saving.save();
    return { saving, path: join(saving.folder, "items.jsonl") };
  }

  test("before the new file counted goes back", async () => {
    const { saving, path } = await compacted();
    await using _ = saving;
    writeFileSync(`${path}.new`, "half a fi");
    await saving.save();
    expect(existsSync(`${path}.new`)).toBe(false);
    expect(differences(saving.folder, saving.server.threads)).toEqual([]);
  });

  test("after the new file counted goes forward", async () => {
    const { saving, path } = await compacted();
    await using _ = saving;
    const { Ledger } = await import("../../../src/transfer/saved/ledger.ts");
    const ledger = Ledger.open(join(saving.folder, "ledger.sqlite"), saving.folder);
    ledger.setFact("take_new_items", "yes");
    ledger.close();
    writeFileSync(`${path}.new`, await Bun.file(path).bytes());
    writeFileSync(path, "the old file, with what was replaced");
    await saving.save();
    expect(differences(saving.folder, saving.server.threads)).toEqual([]);
    expect(lines(saving.folder, "missing.jsonl")).toEqual([]);
  });
});
