import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { checkSaved } from "../../../src/transfer/saving/check-saved.ts";
import { FAULTS, prettyJson } from "../hosted-server.ts";
import { makeThread, type HostedItem } from "../project.ts";
import { differences, lines, asServed } from "../saved-folder.ts";
import { Saving } from "../saving.ts";

const isWhole = async (folder: string) => {
  const { problems, manifest } = await checkSaved(folder);
  expect(problems).toEqual([]);
  return manifest!.complete;
};
const oneThread = (items: HostedItem[]) => [{ ...makeThread(0), items }];

describe("all of a project is saved, byte for byte and in its order", () => {
  test("from a server that fails in every way there is", async () => {
    await using saving = await Saving.of({ threads: 120, long: 1500 });
    const { server, folder } = saving;
    server.faultRate = 0.15;
    server.faults = [...FAULTS, "stall"];
    const { manifest, missing } = await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
    expect(missing).toEqual([]);
    const items = server.threads.flatMap((thread) => thread.items);
    const users = new Set(server.threads.flatMap(({ user }) => user ?? []));
    expect(manifest).toMatchObject({ complete: true, users: users.size, threads: 120, items: items.length, missing: 0 });
    // Types with and without their prefix are one, and one that nobody knows is counted, too.
    const byType = Object.values(manifest.items_by_type).reduce((sum, n) => sum + n);
    expect([byType, manifest.items_by_type["hologram"]! > 0, Object.keys(manifest.items_by_type).length]).toEqual([items.length, true, 7]);
    expect(await isWhole(folder)).toBe(true);
  });

  test("for its owner's eyes only", async () => {
    await using saving = await Saving.of({ threads: 10, preview: () => "data:text/plain,x" });
    await saving.save();
    const names = ["", ...readdirSync(saving.folder, { recursive: true, encoding: "utf8" })].map((name) => join(saving.folder, name));
    expect(names.length).toBeGreaterThan(7);
    for (const name of names) expect([name, statSync(name).mode & 0o077]).toEqual([name, 0]);
  });

  test("when pages overlap, once", async () => {
    await using saving = await Saving.of({ threads: 130, long: 250 });
    saving.server.overlap = true;
    await saving.save();
    expect(differences(saving.folder, saving.server.threads)).toEqual([]);
  });

  test("when it is printed with line breaks: a line has tabs for them, which can be undone", async () => {
    await using saving = await Saving.of({ threads: 20 });
    const { server, folder } = saving;
    server.pretty = true;
    await saving.save();
    expect(lines(folder, "threads.jsonl").map(asServed).sort()).toEqual(server.threads.map(({ json }) => prettyJson(json)).sort());
    const items = server.threads.flatMap((thread) => thread.items.map(({ json }) => prettyJson(json)));
    expect(lines(folder, "items.jsonl").map(asServed).sort()).toEqual(items.sort());
    expect(await isWhole(folder)).toBe(true);
  });

  test("with threads that come while others are read", async () => {
    await using saving = await Saving.of({ threads: 150 });
    const { server, folder } = saving;
    let reads = 0;
    server.instead = (path) => {
      if (path.endsWith("/items") && ++reads % 50 === 0 && server.threads.length < 153)
        server.threads.push(makeThread(server.threads.length));
      return false;
    };
    await saving.save();
    expect(server.threads.length).toBe(153);
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("oldest first, and in one second as they were listed", async () => {
    await using saving = await Saving.of({ threads: 130 });
    await saving.save();
    expect(lines(saving.folder, "threads.jsonl")).toEqual(saving.server.threads.map(({ json }) => json));
  });

  test("also when ids, users and times are odd or absent", async () => {
    await using saving = await Saving.of({ threads: 3 });
    const { server, folder } = saving;
    const odd = [
      '{"id":null}',
      '{"id":"..","user":7}',
      '{"id":"a/b?c#%","user":"\\ud800","created_at":"2025-01-01T00:00:00Z"}',
      "null",
      "[1]",
    ];
    server.threads.push(
      ...odd.map((json) => ({ id: json.includes("a/b") ? "a/b?c#%" : json, user: null, createdAt: null, json, items: [] })),
    );
    const { items } = server.threads.find(({ id }) => id === "a/b?c#%")!;
    items.push(
      { id: "i", json: '{"id":"i","thread_id":"a/b?c#%","type":null,"attachments":[null,1,{"id":null}]}' },
      { id: "n", json: "null" },
    );
    const { manifest, missing } = await saving.save();
    expect(lines(folder, "threads.jsonl").sort()).toEqual(server.threads.map(({ json }) => json).sort());
    expect(missing.map(({ reason }) => reason)).toEqual(Array.from({ length: 4 }, () => "it has no id that can be asked for"));
    expect([manifest.complete, manifest.items_by_type["(no type)"]]).toEqual([false, 2]);
    const again = await saving.save();
    expect(again.manifest.files["items.jsonl"]).toEqual(manifest.files["items.jsonl"]);
  });
});

describe("a list that does not say where it goes on", () => {
  const listing = (page: (after: string | null) => object) => async () => {
    const saving = await Saving.of({ threads: 1 });
    saving.server.threads = oneThread([]);
    saving.server.instead = (path, query, response) => {
      if (!path.endsWith("/items")) return false;
      response.end(JSON.stringify(page(query.get("after"))));
      return true;
    };
    return saving;
  };
  const two = [
    { id: "a", type: "task" },
    { id: "b", type: "task" },
  ] as const;

  test.each([
    ["has no last_id", (after: string | null) => ({ data: after === null ? two : [{ id: "c" }], has_more: after === null })],
    [
      "has a null for has_more",
      (after: string | null) => ({ data: after === null ? two : after === "b" ? [{ id: "c" }] : [], has_more: null, last_id: null }),
    ],
    [
      "repeats its last_id",
      (after: string | null) => ({ data: after === null ? two : [{ id: "c" }], has_more: after !== "c" && after !== "x", last_id: "b" }),
    ],
  ])("is read to its end when it %s", async (_, page) => {
    await using saving = await listing(page)();
    const { manifest } = await saving.save();
    expect([manifest.complete, manifest.items]).toEqual([true, 3]);
  });

  test.each([
    ["goes round in a circle", () => ({ data: two, has_more: true, last_id: "b" })],
    ["is empty and has more", () => ({ data: [], has_more: true, last_id: null })],
  ])("is told as missing when it %s", async (_, page) => {
    await using saving = await listing(page)();
    const { manifest, missing } = await saving.save();
    expect(manifest.complete).toBe(false);
    expect(missing).toEqual([{ thread: "cthr_0000000", reason: "the server says that the list goes on, and not from where" }]);
  });
});

describe("what is wanted can be narrowed", () => {
  test("to a user", async () => {
    await using saving = await Saving.of({ threads: 300 });
    const { manifest } = await saving.save({ wanted: { user: "user-3", sinceMs: undefined } });
    const threads = saving.server.threads.filter(({ user }) => user === "user-3");
    expect(differences(saving.folder, threads)).toEqual([]);
    expect(manifest.asked).toEqual({ user: "user-3", since: null });
    // Later for all: what is there is not read again.
    const { run } = await saving.save();
    expect(differences(saving.folder, saving.server.threads)).toEqual([]);
    expect(run.items).toBe(saving.server.threads.flatMap(({ items }) => items).length - threads.flatMap(({ items }) => items).length);
  });

  test("to a date, of which older threads are not even listed", async () => {
    await using saving = await Saving.of({ threads: 900 });
    const { server, folder } = saving;
    const sinceMs = server.threads[850]!.createdAt! * 1000;
    await saving.save({ wanted: { user: undefined, sinceMs } });
    expect(
      differences(
        folder,
        server.threads.filter(({ createdAt }) => createdAt! * 1000 >= sinceMs),
      ),
    ).toEqual([]);
    expect(server.count("/threads")).toBeLessThanOrEqual(3);
  });

  test("to a date on a server that lists the oldest first, which has to be read to its end", async () => {
    await using saving = await Saving.of({ threads: 450 });
    const { server, folder } = saving;
    server.threads.reverse();
    const sinceMs = server.threads[30]!.createdAt! * 1000;
    await saving.save({ wanted: { user: undefined, sinceMs } });
    expect(
      differences(
        folder,
        server.threads.filter(({ createdAt }) => createdAt! * 1000 >= sinceMs),
      ),
    ).toEqual([]);
  });
});

test("nobody but the API is told anything of the folder, and nothing of the key is in it", async () => {
  await using saving = await Saving.of({ threads: 5, preview: () => "data:text/plain,x" });
  await saving.save();
  for (const name of readdirSync(saving.folder, { recursive: true, encoding: "utf8" })) {
    const path = join(saving.folder, name);
    if (statSync(path).isFile()) expect(await Bun.file(path).text()).not.toContain("sk-proj");
  }
  expect(existsSync(join(saving.folder, "attachments/incoming"))).toBe(false);
  expect(saving.told.join("")).not.toContain("sk-proj");
});
