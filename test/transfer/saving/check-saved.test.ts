import { appendFileSync, chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { checkSaved } from "../../../src/transfer/saving/check-saved.ts";
import { TransferError } from "../../../src/transfer/transfer-error.ts";
import { differences } from "../saved-folder.ts";
import { Saving } from "../saving.ts";

let saving: Saving;
let count = 0;
beforeAll(async () => {
  saving = await Saving.of({ threads: 40, preview: () => "data:text/plain,some%20bytes" });
  await saving.save();
});
afterAll(() => saving[Symbol.asyncDispose]());

/** A copy of the saved folder, and what a check says after this was done to it. */
async function problemsAfter(damage: (path: (name: string) => string) => void): Promise<string[]> {
  const copy = join(saving.place, `copy-${count++}`);
  cpSync(saving.folder, copy, { recursive: true });
  damage((name) => join(copy, name));
  return (await checkSaved(copy)).problems;
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "latin1")), "latin1");
}

const firstAttachment = (path: (name: string) => string) => {
  const folder = path(`attachments/${readdirSync(path("attachments"))[0]}`);
  return join(folder, readdirSync(folder)[0]!);
};

describe("a folder is whole", () => {
  test("as it was saved, also where nothing may be written", async () => {
    expect(await problemsAfter(() => {})).toEqual([]);
    expect(await problemsAfter((path) => chmodSync(path(""), 0o500))).toEqual([]);
    expect(await problemsAfter((path) => writeFileSync(path("notes.txt"), "of mine"))).toEqual([]);
  });
});

describe("a folder is not whole when", () => {
  test.each<[string, (path: (name: string) => string) => void, RegExp]>([
    [
      "a byte of an item is another",
      (path) => edit(path("items.jsonl"), (text) => text.replace("thought", "thouGht")),
      /^items.jsonl: the items of cthr_\d+ are not/,
    ],
    ["the last item ends early", (path) => edit(path("items.jsonl"), (text) => text.slice(0, -5)), /^items.jsonl/],
    ["an item was added", (path) => appendFileSync(path("items.jsonl"), '{"id":"x"}\n'), /^items.jsonl is not the file/],
    ["an item was taken out", (path) => edit(path("items.jsonl"), (text) => text.slice(text.indexOf("\n") + 1)), /^items.jsonl/],
    ["the items are gone", (path) => rmSync(path("items.jsonl")), /^items.jsonl is missing$/],
    ["the items are nothing", (path) => truncateSync(path("items.jsonl")), /^items.jsonl/],
    [
      "a thread is another",
      (path) => edit(path("threads.jsonl"), (text) => text.replace("user-", "User-")),
      /^threads.jsonl, line \d+, is not/,
    ],
    ["a thread was taken out", (path) => edit(path("threads.jsonl"), (text) => text.slice(text.indexOf("\n") + 1)), /^threads.jsonl/],
    ["a thread stands there twice", (path) => edit(path("threads.jsonl"), (text) => text + text.split("\n")[0] + "\n"), /^threads.jsonl/],
    ["the last line has no end", (path) => edit(path("threads.jsonl"), (text) => text.slice(0, -1)), /^threads.jsonl is not the file/],
    ["the threads are gone", (path) => rmSync(path("threads.jsonl")), /^threads.jsonl is missing$/],
    ["an attachment is gone", (path) => rmSync(firstAttachment(path)), /^attachment \S+ is missing$/],
    ["an attachment is another", (path) => writeFileSync(firstAttachment(path), "other bytes"), /^attachment \S+ is not what was saved$/],
    [
      "the list of attachments is another",
      (path) => edit(path("attachments.jsonl"), (text) => text.replace("saved", "Saved")),
      /^attachments.jsonl, line \d+/,
    ],
    ["something is said to be missing", (path) => writeFileSync(path("missing.jsonl"), '{"thread":"x"}\n'), /^missing.jsonl/],
    [
      "the manifest counts wrongly",
      (path) => edit(path("manifest.json"), (text) => text.replace(/"users": \d+/, '"users": 7777')),
      /^manifest.json has a wrong users$/,
    ],
    [
      "the manifest has other types",
      (path) => edit(path("manifest.json"), (text) => text.replace(/"task": \d+/, '"task": 7777')),
      /^manifest.json has a wrong items_by_type$/,
    ],
    [
      "the manifest says wrongly that it is",
      (path) => edit(path("manifest.json"), (text) => text.replace('"complete": true', '"complete": false')),
      /^manifest.json has a wrong complete$/,
    ],
    [
      "the manifest has another hash",
      (path) => edit(path("manifest.json"), (text) => text.replace(/"sha256": "./g, '"sha256": "_')),
      /is not the file that manifest.json names$/,
    ],
    ["the manifest is gone", (path) => rmSync(path("manifest.json")), /^manifest.json is missing/],
    [
      "the manifest is half of one",
      (path) => edit(path("manifest.json"), (text) => text.slice(0, 100)),
      /^manifest.json is not what was written$/,
    ],
    ["the ledger is gone", (path) => rmSync(path("ledger.sqlite")), /^ledger.sqlite is missing$/],
    ["the ledger is none", (path) => writeFileSync(path("ledger.sqlite"), "x".repeat(5000)), /ledger.sqlite that is none of ours$/],
  ])("%s", async (_, damage, problem) => {
    const problems = await problemsAfter(damage);
    expect(problems.some((one) => problem.test(one)) || problems).toBe(true);
  });
});

test("a folder that is none, or is not there, is no folder to check", async () => {
  const other = join(saving.place, "other");
  mkdirSync(other);
  for (const folder of [other, join(saving.place, "nowhere")]) {
    const thrown = await checkSaved(folder).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(TransferError);
    expect((thrown as TransferError).isMisuse).toBe(true);
  }
});

test("items that were damaged on the disk do not keep what is new from being read", async () => {
  await using damaged = await Saving.of({ threads: 10, long: 20 });
  const { server, folder } = damaged;
  await damaged.save();
  edit(join(folder, "items.jsonl"), (text) => text.replaceAll("cthr_0000007", 'cthr"0000007'));
  server.threads[7]!.items.push({ id: "new", json: '{"id":"new","thread_id":"cthr_0000007"}' });
  expect((await damaged.save()).manifest.complete).toBe(true);
  expect(differences(folder, server.threads)).toEqual([]);
});

test("items that were damaged on the disk are found and read anew by the next run", async () => {
  await using damaged = await Saving.of({ threads: 40 });
  const { server, folder } = damaged;
  await damaged.save();
  edit(join(folder, "items.jsonl"), (text) => text.replace("thought", "thouGht"));
  const { manifest, missing } = await damaged.save();
  expect([manifest.complete, missing]).toEqual([true, []]);
  expect(differences(folder, server.threads)).toEqual([]);
  expect((await checkSaved(folder)).problems).toEqual([]);
});

test("attachments that are gone or were damaged on the disk are fetched anew by the next run; what the source has no more is told", async () => {
  await using damaged = await Saving.of({ threads: 12, preview: (id) => `data:text/plain,${id}` });
  const { server, folder } = damaged;
  await damaged.save();
  const files = readdirSync(join(folder, "attachments"), { recursive: true, withFileTypes: true }).flatMap((one) => (one.isFile() ? [join(one.parentPath, one.name)] : []));
  const [gone, other, short] = files as [string, string, string];
  const harm = () => {
    rmSync(gone);
    writeFileSync(other, "other bytes");
    truncateSync(short, 3);
  };
  harm();
  const mended = await damaged.save();
  expect([mended.manifest.complete, mended.missing]).toEqual([true, []]);
  expect((await checkSaved(folder)).problems).toEqual([]);
  harm();
  for (const thread of server.threads) for (const item of thread.items) item.json = item.json.replace(/"preview_url":"[^"]*"/g, '"preview_url":null');
  const { manifest, missing } = await damaged.save();
  expect(manifest.complete).toBe(false);
  expect(new Set(missing.map(({ reason }) => reason))).toEqual(new Set(["its file in the folder is gone or damaged"]));
  expect((await checkSaved(folder)).problems).toEqual([]);
});
