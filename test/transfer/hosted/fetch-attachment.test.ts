import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { requireFetchable } from "../../../src/transfer/hosted/address-rules.ts";
import { AttachmentFetcher } from "../../../src/transfer/hosted/fetch-attachment.ts";
import { Requests } from "../../../src/transfer/hosted/requests.ts";
import { prepareFolder } from "../../../src/transfer/saved/folder.ts";
import { checkSaved } from "../../../src/transfer/saving/check-saved.ts";
import { HostedServer } from "../hosted-server.ts";
import { until } from "../../support/until.ts";
import { makeProject } from "../project.ts";
import { differences, lines } from "../saved-folder.ts";
import { QUICK, Saving } from "../saving.ts";

type Row = { id: string; item: string; state: string; reason: string | null; file: string | null; bytes: number | null; media_type: string | null };
const rows = (folder: string) => lines(folder, "attachments.jsonl").map((line) => JSON.parse(line) as Row);

/** One thread with one message and these attachments. */
async function withAttachments(attachments: (server: HostedServer) => (object | null)[]): Promise<Saving> {
  const saving = await Saving.of({ threads: 1 });
  const message = { id: "m", thread_id: "cthr_0000000", type: "chatkit.user_message", attachments: attachments(saving.server) };
  saving.server.threads[0]!.items = [{ id: "m", json: JSON.stringify(message) }];
  return saving;
}
const image = (preview_url: unknown, id = "file_1") => ({
  id,
  type: "image",
  mime_type: "image/png",
  name: "../../etc/passwd",
  preview_url,
});

describe("previews are fetched while their addresses live", () => {
  test("into files that are named by their content", async () => {
    await using saving = await withAttachments(({ origin }) => [
      image(`${origin}/previews/a`),
      image(`${origin}/previews/b`, "../b"),
      image(null, "c"),
    ]);
    const { manifest } = await saving.save();
    expect([manifest.complete, manifest.attachments]).toEqual([true, { saved: 2, lost: 0, without_address: 1 }]);
    const [a, b, c] = rows(saving.folder) as [Row, Row, Row];
    const sha256 = createHash("sha256").update("bytes of a").digest("hex");
    expect(a).toMatchObject({
      id: "file_1",
      state: "saved",
      bytes: 10,
      media_type: "image/png",
      file: `attachments/${sha256.slice(0, 2)}/${sha256.slice(2)}`,
    });
    expect(readFileSync(join(saving.folder, a.file!), "utf8")).toBe("bytes of a");
    expect([b.id, readFileSync(join(saving.folder, b.file!), "utf8"), c.file]).toEqual(["../b", "bytes of b", null]);
    for (const name of readdirSync(join(saving.folder, "attachments"))) expect(name).toMatch(/^[0-9a-f]{2}$/);
  });

  test("through failures, and once", async () => {
    await using saving = await Saving.of({ threads: 60, preview: () => "" });
    const { server, folder } = saving;
    server.threads = makeProject({ threads: 60, preview: (id) => `${server.origin}/previews/${id}` });
    server.faultRate = 0.2;
    server.faults = ["cut", "broken", "reset", "busy"];
    const { manifest } = await saving.save();
    expect([manifest.complete, manifest.attachments.saved > 5]).toEqual([true, true]);
    for (const { id, file } of rows(folder)) if (file) expect(readFileSync(join(folder, file), "utf8")).toBe(`bytes of ${id}`);
    server.served.previews = 0;
    await saving.save();
    expect(server.served.previews).toBe(0);
  });

  test("out of the address itself", async () => {
    await using saving = await withAttachments(() => [image("data:image/png;base64,aGFsbG8=")]);
    expect((await saving.save()).manifest.complete).toBe(true);
    expect(readFileSync(join(saving.folder, rows(saving.folder)[0]!.file!), "utf8")).toBe("hallo");
  });

  test("again after they were lost, with the address that is served then", async () => {
    await using saving = await withAttachments(({ origin }) => [image(`${origin}/previews/expired`)]);
    const { server, folder } = saving;
    server.preview = (id) => (id === "expired" ? undefined : Buffer.from(id));
    const { manifest, missing } = await saving.save();
    expect([manifest.complete, manifest.attachments.lost, missing]).toEqual([
      false,
      1,
      [{ thread: "cthr_0000000", attachment: "file_1", reason: "HTTP 404" }],
    ]);
    expect((await checkSaved(folder)).problems).toEqual([]);
    server.threads[0]!.items[0]!.json = server.threads[0]!.items[0]!.json.replace("expired", "fresh");
    const again = await saving.save();
    expect([again.manifest.complete, again.manifest.attachments]).toEqual([true, { saved: 1, lost: 0, without_address: 0 }]);
    expect(differences(folder, server.threads)).toEqual([]);
    expect((await checkSaved(folder)).problems).toEqual([]);
  });

  test("again when their files have gone from the folder", async () => {
    await using saving = await withAttachments(({ origin }) => [image(`${origin}/previews/a`)]);
    const { folder } = saving;
    await saving.save();
    rmSync(join(folder, rows(folder)[0]!.file!));
    expect((await checkSaved(folder)).problems).toEqual(["attachment file_1 is missing"]);
    expect((await saving.save()).manifest.complete).toBe(true);
    expect((await checkSaved(folder)).problems).toEqual([]);
  });

  test.each([[""], [7], [null], [undefined]])("of which %p is no address", async (address) => {
    await using saving = await withAttachments(() => [image(address)]);
    expect((await saving.save()).manifest.attachments).toEqual({ saved: 0, lost: 0, without_address: 1 });
  });
});

test("a host that does not answer is not asked for ever: the conversations do not wait for it", async () => {
  await using saving = await withAttachments(({ origin }) =>
    Array.from({ length: 40 }, (_, i) => image(`${origin}/previews/${i}`, `file_${i}`)),
  );
  const { server, folder } = saving;
  server.instead = (path, _, response) => (path.startsWith("/previews/") ? (response.writeHead(503).end(), true) : false);
  const { manifest } = await saving.save();
  expect([manifest.items, manifest.attachments.lost]).toEqual([1, 40]);
  expect(server.seen.filter(({ path }) => path.startsWith("/previews/")).length).toBeLessThan(40 * 4);
  expect([rows(folder)[0]!.reason, rows(folder)[39]!.reason]).toEqual([
    "HTTP 503 (tried 4 times)",
    `${new URL(server.origin).host} was given up: HTTP 503 (tried 4 times)`,
  ]);
  server.instead = () => false;
  expect((await saving.save()).manifest.attachments.saved).toBe(40);
});

test("conversations are saved while a host keeps its pictures back", async () => {
  await using saving = await withAttachments(({ origin }) => [image(`${origin}/previews/a`)]);
  const { server, folder } = saving;
  const held: (() => void)[] = [];
  let linesThen = 0;
  server.threads.push(...makeProject({ threads: 30 }).slice(1));
  server.instead = (path, _, response) => {
    if (!path.startsWith("/previews/")) return false;
    held.push(() => response.end("late"));
    return true;
  };
  const saved = saving.save();
  const all = server.threads.flatMap(({ items }) => items).length;
  await until(async () => (held.length > 0 && (linesThen = lines(folder, "items.jsonl").length) === all) || undefined);
  for (const go of held) go();
  const { manifest } = await saved;
  expect([linesThen, manifest.complete, rows(folder).find(({ id }) => id === "file_1")!.bytes]).toEqual([all, true, 4]);
});

test("a host that asks to wait for long is not waited for", async () => {
  await using saving = await withAttachments(({ origin }) => [image(`${origin}/previews/a`)]);
  saving.server.instead = (path, _, response) =>
    path.startsWith("/previews/") && (response.writeHead(429, { "retry-after": "3000" }).end(), true);
  expect((await saving.save()).missing[0]!.reason).toMatch(/^HTTP 429 /);
});

test("each reference is a line, also of one attachment in two items, and of one without an id", async () => {
  await using saving = await withAttachments(({ origin }) => [image(`${origin}/previews/a`), { preview_url: `${origin}/previews/b` }, null]);
  const { server, folder } = saving;
  server.threads[0]!.items.push({ id: "n", json: server.threads[0]!.items[0]!.json.replace('"id":"m"', '"id":"n"') });
  for (let run = 0; run < 2; run++) {
    await saving.save();
    expect(rows(folder).map(({ id, item, state, bytes }) => [id, item, state, bytes])).toEqual([
      ["file_1", "m", "saved", 10],
      [null, "m", "saved", 10],
      ["file_1", "n", "saved", 10],
      [null, "n", "saved", 10],
    ]);
    expect((await checkSaved(folder)).problems).toEqual([]);
  }
});

test("an import that was cut off before they were fetched fetches them with new addresses", async () => {
  await using saving = await withAttachments(({ origin }) => [image(`${origin}/previews/old`)]);
  const { server, folder } = saving;
  server.threads[0]!.items.push(...makeProject({ threads: 1, long: 0 })[0]!.items, ...makeProject({ threads: 8, long: 30 })[7]!.items);
  server.instead = (path) => (path.startsWith("/previews/") && (saving.stop.abort(), true));
  await expect(saving.save()).rejects.toThrow("stopped");
  server.instead = () => false;
  server.threads[0]!.items[0]!.json = server.threads[0]!.items[0]!.json.replace("previews/old", "previews/new");
  expect((await saving.save({ signal: new AbortController().signal })).manifest.complete).toBe(true);
  expect(readFileSync(join(folder, rows(folder)[0]!.file!), "utf8")).toBe("bytes of new");
});

test("what is larger than any file of the hosted product is not taken", async () => {
  await using saving = await Saving.of({ threads: 0 });
  const paths = prepareFolder(saving.folder);
  const requests = new Requests(1, QUICK, saving.stop.signal);
  const fetcher = new AttachmentFetcher(paths, requests, saving.server.source, 9);
  const reason = await fetcher.fetch(`${saving.server.origin}/previews/1`).catch((error: Error) => error.message);
  expect(reason).toBe("it has more than 9 bytes");
  expect(readdirSync(paths.incoming)).toEqual([]);
});

describe("the key goes nowhere but to the API", () => {
  test("and there only when it asks for it", async () => {
    await using saving = await withAttachments(({ origin }) => [
      image(`${origin}/previews/open`, "open"),
      image(`${origin}/previews/closed`, "closed"),
    ]);
    const { server } = saving;
    server.instead = (path, _, response) => {
      const isRefused = path === "/previews/closed" && server.seen.at(-1)!.key === undefined;
      if (isRefused) response.writeHead(401).end();
      return isRefused;
    };
    expect((await saving.save()).manifest.attachments.saved).toBe(2);
    const keys = server.seen.filter(({ path }) => path.startsWith("/previews/")).map(({ path, key }) => [path, key !== undefined]);
    expect(keys).toEqual([
      ["/previews/open", false],
      ["/previews/closed", false],
      ["/previews/closed", true],
    ]);
  });

  test("not to another server that asks for it, by itself or by a redirect", async () => {
    await using other = await new HostedServer().listen();
    await using saving = await withAttachments(({ origin }) => [
      image(`${other.origin}/previews/x`, "direct"),
      image(`${origin}/previews/away`, "redirected"),
    ]);
    other.instead = (_, __, response) => (response.writeHead(401).end(), true);
    saving.server.instead = (path, _, response) => {
      if (path === "/previews/away") response.writeHead(302, { location: `${other.origin}/previews/y` }).end();
      return path === "/previews/away";
    };
    expect((await saving.save()).manifest.attachments.lost).toBe(2);
    expect(other.seen.map(({ path, key }) => [path, key])).toEqual([
      ["/previews/x", undefined],
      ["/previews/y", undefined],
    ]);
  });
});

describe("an address is no way into the network", () => {
  const openai = "https://api.openai.com/v1";
  const local = "http://127.0.0.1:8000/v1";

  test.each([
    ["https://files.invalid/x.png", openai, "files.invalid is not known"],
    ["http://files.example/x.png", openai, "its address is no https one (http:)"],
    ["file:///etc/passwd", openai, "its address is no https one (file:)"],
    ["ftp://files.example/x", openai, "its address is no https one (ftp:)"],
    ["https://127.0.0.1/x", openai, "private"],
    ["https://localhost/x", openai, "private"],
    ["https://169.254.169.254/latest/meta-data", openai, "private"],
    ["https://10.1.2.3/", openai, "private"],
    ["https://172.20.0.1/", openai, "private"],
    ["https://192.168.1.1/", openai, "private"],
    ["https://2130706433/", openai, "private"],
    ["https://0x7f.1/", openai, "private"],
    ["https://[::1]/", openai, "private"],
    ["https://[fd00::1]/", openai, "private"],
    ["https://[fe80::1]/", openai, "private"],
    ["https://[::ffff:10.0.0.1]/", openai, "private"],
    ["https://[64:ff9b::7f00:1]/", openai, "private"],
    ["https://93.184.216.34/x.png", openai, undefined],
    ["https://[2606:2800:220:1::1]/x.png", openai, undefined],
    ["http://127.0.0.1:9000/x.png", local, undefined],
    ["http://localhost:9000/x.png", local, undefined],
    ["http://10.0.0.1/x.png", local, "its address is no https one (http:)"],
    ["https://10.0.0.5/v1/x.png", "https://10.0.0.5/v1", undefined],
  ])("%s, for the API at %s: %p", async (address, api, reason) => {
    const refused = await requireFetchable(new URL(address), new URL(api)).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(refused).toBe(reason === "private" ? "its address leads into a private network" : reason);
  });

  test("nor is a redirect, and one that goes round ends", async () => {
    await using saving = await withAttachments(({ origin }) => [
      image(`${origin}/previews/inside`, "a"),
      image(`${origin}/previews/round`, "b"),
      image("no address", "c"),
    ]);
    saving.server.instead = (path, _, response) => {
      if (!path.startsWith("/previews/")) return false;
      response.writeHead(302, { location: path.endsWith("round") ? path : "https://169.254.169.254/latest/meta-data" }).end();
      return true;
    };
    await saving.save();
    expect(rows(saving.folder).map(({ reason }) => reason)).toEqual([
      "its address leads into a private network",
      "it redirects without an end",
      "its address is none",
    ]);
  });
});
