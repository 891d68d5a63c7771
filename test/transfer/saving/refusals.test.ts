import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { checkSaved } from "../../../src/transfer/saving/check-saved.ts";
import { TransferError } from "../../../src/transfer/transfer-error.ts";
import { differences, lines } from "../saved-folder.ts";
import { QUICK, Saving } from "../saving.ts";

async function refused(work: Promise<unknown>): Promise<[message: string, isMisuse: boolean]> {
  const thrown = await work.then(
    () => new Error("it went well"),
    (error: Error) => error,
  );
  if (!(thrown instanceof TransferError)) throw thrown;
  return [thrown.message, thrown.isMisuse];
}

/** Answers in the place of the API, for paths that end so. */
function answering(ending: string, status: number, body: string, from = 0) {
  let count = 0;
  return (path: string, _: unknown, response: import("node:http").ServerResponse) => {
    if (!path.endsWith(ending) || count++ < from) return false;
    response.writeHead(status, { "content-type": "application/json" }).end(body);
    return true;
  };
}
const error = (message: string) => JSON.stringify({ error: { message } });

describe("what concerns the whole API is one line", () => {
  test("a wrong key, which is not shown", async () => {
    await using saving = await Saving.of({ threads: 5 });
    const source = { ...saving.server.source, apiKey: "sk-proj-mistyped" };
    const [message, isMisuse] = await refused(saving.save({ source }));
    expect(message).toBe(
      `the key in OPENAI_API_KEY is not accepted by ${saving.server.baseUrl} (HTTP 401: Incorrect API key provided: ***.)`,
    );
    expect(isMisuse).toBe(true);
    expect(existsSync(join(saving.folder, "manifest.json"))).toBe(false);
    // The folder is as good as new.
    await saving.save();
    expect(differences(saving.folder, saving.server.threads)).toEqual([]);
  });

  test("a key without the right to list threads", async () => {
    await using saving = await Saving.of({ threads: 5 });
    saving.server.instead = answering("/threads", 403, error("Missing scopes: api.chatkit.read"));
    const line = "the key in OPENAI_API_KEY has no right to read ChatKit threads (HTTP 403: Missing scopes: api.chatkit.read)";
    expect(await refused(saving.save())).toEqual([line, true]);
  });

  test("a key that may list threads and read none: what is there is marked as not whole", async () => {
    await using saving = await Saving.of({ threads: 5 });
    saving.server.instead = answering("/items", 403, error("no"));
    expect(await refused(saving.save())).toEqual(["the key in OPENAI_API_KEY has no right to read ChatKit threads (HTTP 403: no)", true]);
    const { problems, manifest } = await checkSaved(saving.folder);
    expect([problems, manifest!.complete, manifest!.missing]).toEqual([[], false, 6]);
  });

  test("an address that has no such API", async () => {
    await using saving = await Saving.of({ threads: 5 });
    const source = { ...saving.server.source, baseUrl: `${saving.server.origin}/v2?tenant=secret` };
    expect(await refused(saving.save({ source }))).toEqual([
      `${saving.server.origin}/v2 has no ChatKit threads (HTTP 404: Invalid URL): is OPENAI_BASE_URL right?`,
      true,
    ]);
  });

  test("an address that leads elsewhere: the key does not follow", async () => {
    await using saving = await Saving.of({ threads: 5 });
    await using other = await Saving.of({ threads: 5 });
    saving.server.instead = (path, _, response) => {
      response.writeHead(307, { location: other.server.origin + path }).end();
      return true;
    };
    expect(await refused(saving.save())).toEqual([
      `${saving.server.baseUrl} answers with a redirect (HTTP 307): is OPENAI_BASE_URL right?`,
      true,
    ]);
    expect(other.server.seen).toEqual([]);
  });

  test("an API that is not there", async () => {
    await using saving = await Saving.of({ threads: 5 });
    const source = { ...saving.server.source, baseUrl: "http://127.0.0.1:1/v1" };
    const [message, isMisuse] = await refused(saving.save({ source }));
    expect([isMisuse, message]).toEqual([
      false,
      expect.stringMatching(/^the threads cannot be listed: http:\S+: no connection \(\w+\) \(tried 3 times\)$/),
    ]);
  });

  test("an answer that is no list", async () => {
    await using saving = await Saving.of({ threads: 5 });
    saving.server.instead = answering("/threads", 200, '{"object":"list","data":null}');
    expect((await refused(saving.save()))[0]).toContain("the answer is no list (tried 8 times)");
  });

  test("and a folder that was whole stays whole", async () => {
    await using saving = await Saving.of({ threads: 5 });
    await saving.save();
    const before = readFileSync(join(saving.folder, "manifest.json"), "utf8");
    for (const [status, body] of [
      [401, ""],
      [403, ""],
      [404, ""],
      [500, ""],
    ] as const) {
      saving.server.instead = answering("/threads", status, body);
      await refused(saving.save());
      expect(readFileSync(join(saving.folder, "manifest.json"), "utf8")).toBe(before);
      expect((await checkSaved(saving.folder)).problems).toEqual([]);
    }
  });

  test("and when the API has ended before a folder was whole, what it has is closed and told", async () => {
    await using saving = await Saving.of({ threads: 60 });
    const { server, folder } = saving;
    let reads = 0;
    server.instead = (path) => {
      if (path.endsWith("/items") && ++reads === 30) saving.stop.abort();
      return false;
    };
    await refused(saving.save());
    server.instead = answering("/threads", 404, error("The ChatKit API has been shut down"));
    const [message] = await refused(saving.save({ signal: new AbortController().signal }));
    expect(message).toContain("has no ChatKit threads (HTTP 404: The ChatKit API has been shut down)");
    const { manifest, problems, missing } = await checkSaved(folder);
    expect([problems, manifest!.complete, manifest!.threads]).toEqual([[], false, 60]);
    expect(missing.filter(({ reason }) => reason === "not read yet").length).toBe(manifest!.missing - 1);
    expect(lines(folder, "items.jsonl").length).toBe(manifest!.items);
  });
});

describe("what concerns one thread is listed, with its reason", () => {
  test("one that cannot be read, until it can", async () => {
    await using saving = await Saving.of({ threads: 30 });
    const { server, folder } = saving;
    server.instead = answering("/cthr_0000011/items", 500, error("boom"));
    const { manifest, missing } = await saving.save();
    expect([manifest.complete, missing]).toEqual([false, [{ thread: "cthr_0000011", reason: "HTTP 500: boom (tried 8 times)" }]]);
    expect(lines(folder, "missing.jsonl").map((line) => JSON.parse(line))).toEqual(missing);
    expect((await checkSaved(folder)).problems).toEqual([]);
    server.instead = () => false;
    expect((await saving.save()).manifest.complete).toBe(true);
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("one that was deleted after it was listed, and whose items nobody has seen: it stays missing", async () => {
    await using saving = await Saving.of({ threads: 30 });
    const { server } = saving;
    server.instead = answering("/cthr_0000011/items", 404, error("gone"));
    const { manifest, missing } = await saving.save();
    const reason = "deleted at the source before its items were read";
    expect([manifest.complete, missing]).toEqual([false, [{ thread: "cthr_0000011", reason }]]);
    server.threads.splice(11, 1);
    const again = await saving.save();
    expect([again.manifest.gone_at_source, again.manifest.threads, again.missing]).toEqual([0, 30, [{ thread: "cthr_0000011", reason }]]);
  });

  test("one whose items had been saved before is not missed", async () => {
    await using saving = await Saving.of({ threads: 30 });
    const { server, folder } = saving;
    await saving.save();
    server.instead = answering("/cthr_0000011/items", 404, error("gone"));
    const { manifest } = await saving.save();
    expect([manifest.complete, manifest.gone_at_source]).toEqual([true, 1]);
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("one that this key may not read, when it may read others", async () => {
    await using saving = await Saving.of({ threads: 30 });
    saving.server.instead = answering("/cthr_0000011/items", 403, error("no"));
    expect((await saving.save()).missing).toEqual([{ thread: "cthr_0000011", reason: "HTTP 403: no" }]);
  });
});

describe("an API that stops answering", () => {
  test("is not asked for every thread in vain; the next run goes on", async () => {
    await using saving = await Saving.of({ threads: 250 });
    const { server, folder } = saving;
    server.instead = answering("/items", 503, "", 40);
    const { manifest, missing } = await saving.save({ patience: { ...QUICK, tries: 2 } });
    expect(manifest.complete).toBe(false);
    expect(missing[0]).toEqual({ list: "threads", reason: `${server.baseUrl} stopped answering: HTTP 503 (tried 2 times)` });
    expect(server.count("/items")).toBeLessThan(150);
    expect((await checkSaved(folder)).problems).toEqual([]);
    server.instead = () => false;
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("in the middle of the list: what is listed is read, and that there is more is told", async () => {
    await using saving = await Saving.of({ threads: 140 });
    const { server, folder } = saving;
    server.instead = answering("/threads", 500, "", 1);
    const { manifest, missing } = await saving.save();
    expect([manifest.complete, manifest.threads, missing.length]).toEqual([false, 100, 1]);
    expect(missing[0]).toEqual({ list: "threads", reason: `${server.baseUrl}: HTTP 500 (tried 8 times)` });
    server.instead = () => false;
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("a key that is taken back on the way: one line, and a folder to go on with", async () => {
    await using saving = await Saving.of({ threads: 150 });
    const { server, folder } = saving;
    server.instead = answering("", 401, error("revoked"), 60);
    const [message, isMisuse] = await refused(saving.save());
    expect([message, isMisuse]).toEqual([`the key in OPENAI_API_KEY is not accepted by ${server.baseUrl} (HTTP 401: revoked)`, true]);
    expect((await checkSaved(folder)).manifest!.complete).toBe(false);
    server.instead = () => false;
    await saving.save();
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("a thread that vanishes while it is the place to go on from", async () => {
    await using saving = await Saving.of({ threads: 150 });
    const { server, folder } = saving;
    let lists = 0;
    const all = [...server.threads];
    server.instead = (path) => {
      // The last of the page that was just served, and so the one that the next is asked for by.
      if (path.endsWith("/threads") && ++lists === 2) server.threads.splice(50, 1);
      return false;
    };
    await saving.save();
    expect(lines(folder, "threads.jsonl").sort()).toEqual(all.map(({ json }) => json).sort());
    const { missing } = await saving.save();
    expect(missing).toEqual([{ thread: "cthr_0000050", reason: "deleted at the source before its items were read" }]);
  });
});

describe("a folder", () => {
  test("that is a file", async () => {
    await using saving = await Saving.of({ threads: 1 });
    writeFileSync(saving.folder, "");
    expect(await refused(saving.save())).toEqual([`${saving.folder} is no folder`, true]);
  });

  test("below a file", async () => {
    await using saving = await Saving.of({ threads: 1 });
    writeFileSync(saving.folder, "");
    const folder = join(saving.folder, "deeper");
    expect(await refused(saving.save({ folder }))).toEqual([expect.stringContaining(`${folder} cannot be used: `), true]);
  });

  test("that holds something else, which stays as it is", async () => {
    await using saving = await Saving.of({ threads: 1 });
    mkdirSync(saving.folder);
    writeFileSync(join(saving.folder, "thesis.doc"), "years of work");
    expect(await refused(saving.save())).toEqual([
      `${saving.folder} holds something else (thesis.doc): name a new or an empty folder`,
      true,
    ]);
    expect(readFileSync(join(saving.folder, "thesis.doc"), "utf8")).toBe("years of work");
  });

  test("with a database of somebody else's", async () => {
    await using saving = await Saving.of({ threads: 1 });
    mkdirSync(saving.folder);
    const { Database } = await import("bun:sqlite");
    const path = join(saving.folder, "ledger.sqlite");
    const db = new Database(path);
    db.run("create table accounts (id)");
    db.close();
    const before = readFileSync(path);
    expect(await refused(saving.save())).toEqual([`${saving.folder} holds a ledger.sqlite that is none of ours`, true]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each(["items.jsonl", "manifest.json"])("with %s and a ledger that is empty or gone, which stays as it is", async (name) => {
    await using saving = await Saving.of({ threads: 1 });
    mkdirSync(saving.folder);
    writeFileSync(join(saving.folder, name), "mine");
    for (const prepare of [() => {}, () => writeFileSync(join(saving.folder, "ledger.sqlite"), "")]) {
      prepare();
      const message = `${saving.folder} holds ${name} and no ledger.sqlite of it: bring that back, or save into a new folder`;
      expect(await refused(saving.save())).toEqual([message, true]);
      expect(readFileSync(join(saving.folder, name), "utf8")).toBe("mine");
    }
  });

  test("with a damaged ledger", async () => {
    await using saving = await Saving.of({ threads: 60 });
    await saving.save();
    truncateSync(join(saving.folder, "ledger.sqlite"), 9000);
    expect((await refused(saving.save()))[0]).toContain("is damaged: bring it back, or save into a new folder");
  });

  test("with nothing but hidden files, or named by a link, will do", async () => {
    await using saving = await Saving.of({ threads: 3 });
    mkdirSync(saving.folder);
    writeFileSync(join(saving.folder, ".DS_Store"), "");
    const link = join(saving.place, "link");
    symlinkSync(saving.folder, link);
    await saving.save({ folder: link });
    expect(differences(saving.folder, saving.server.threads)).toEqual([]);
  });

  test("in which another import is at work", async () => {
    await using saving = await Saving.of({ threads: 60 });
    const { server, folder } = saving;
    let second: Promise<[string, boolean]> | undefined;
    server.instead = (path) => {
      if (path.endsWith("/items")) second ??= refused(saving.save());
      return false;
    };
    await saving.save();
    expect(await second).toEqual([`${folder} is in use: another import, or a check, is at work there`, false]);
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("that has lost items since gets them again", async () => {
    await using saving = await Saving.of({ threads: 10 });
    const { server, folder } = saving;
    await saving.save();
    const path = join(folder, "items.jsonl");
    for (const lose of [() => truncateSync(path, 1000), () => writeFileSync(path, ""), () => rmSync(path)]) {
      lose();
      expect((await saving.save()).manifest.complete).toBe(true);
      expect(differences(folder, server.threads)).toEqual([]);
      expect((await checkSaved(folder)).problems).toEqual([]);
    }
    // What the source has no more by then is told.
    rmSync(path);
    const [thread] = server.threads.splice(7, 1);
    expect((await saving.save()).missing).toEqual([{ thread: thread!.id, reason: "its items on the disk are damaged" }]);
  });
});
