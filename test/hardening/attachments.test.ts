import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskBytes } from "../../src/attachments/disk.ts";
import type { Attachment } from "../../src/protocol/attachments.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { Limits } from "../../src/server/limits/limits.ts";
import { fileServer, PNG } from "../support/files.ts";

/** What somebody who may upload would try, one test for each attack, named by its weakness. */

setDefaultTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), "chatkit-hostile-"));
const root = join(folder, "files");
const server = fileServer({ bytes: new DiskBytes(root), corsOrigins: ["https://chat.example.com"] });
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true });
});

const HOSTILE = ["../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\boot.ini", "atc_1%00.png", "%", "%c0%ae%c0%ae/", "/etc/passwd", "atc_1/../../x", "con", "a".repeat(5000)];
const everything = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
const tokenOf = (url: string) => new URL(url).searchParams.get("token")!;

/** As it is written, since `fetch` would tidy the path up. */
function raw(method: string, path: string, body = ""): Promise<number> {
  const { port, host } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.once("data", (data: Buffer) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString("latin1"))?.[1]));
    });
  });
}

describe("the files of a server", () => {
  test.each(HOSTILE)("CWE-22: the path %# leads nowhere, with a token that is good elsewhere", async (id) => {
    const mine = await server.uploaded("a.txt", "text/plain", new TextEncoder().encode("a"));
    const fresh = await server.create("b.txt", 1, "text/plain");
    const links = await server.files.links({ userId: "ada" } as RequestContext);
    const before = everything();
    const read = await raw("GET", `/attachments/${id}?token=${tokenOf(links(`attachment:${mine.id}`))}`);
    const written = await raw("PUT", `/attachments/${id}?token=${tokenOf(fresh.upload_descriptor!.url)}`, "x");
    for (const status of [read, written]) expect([400, 401, 403, 404, 414, 431]).toContain(status);
    expect(everything()).toEqual(before);
  });

  test("CWE-73: no word of a client is in the name of a file, whatever it calls its own", async () => {
    for (const name of [...HOSTILE, "a\0b.png", "a\r\nb.png", ".", "..", "~root", "$(id)"].filter((one) => one.length <= 255)) {
      const attachment = (await (await server.form(new Blob([PNG], { type: "image/png" }), name)).json()) as Attachment;
      expect(attachment.type).toBe("image");
    }
    const names = everything().filter((path) => path !== "files");
    expect(names.filter((path) => !/^files\/(?:new|[0-9a-f]{2}|[0-9a-f]{2}\/atc_[0-9a-f]{32}(?:\.preview)?)$/.test(path))).toEqual([]);
  });

  test("CWE-639: an attachment of another user is one that does not exist, in every way to it", async () => {
    const hers = await server.uploaded("secret.txt", "text/plain", new TextEncoder().encode("hers"), "ada");
    const answers = async (id: string) => [
      await (await server.send([id], "eve")).text().then((events) => /"message":"[^"]*"/.exec(events)?.[0].replace(id, "ID")),
      await (await server.ask("attachments.delete", { attachment_id: id }, "eve")).text(),
      (await fetch(`${server.url}/attachments/${id}`)).status,
      (await fetch(`${server.url}/attachments/${id}`, { method: "PUT", body: "mine" })).status,
      (await fetch((await server.files.links({ userId: "eve" } as RequestContext))(`attachment:${id}`))).status,
    ];
    expect(await answers(hers.id)).toEqual(await answers(`${hers.id.slice(0, -1)}${hers.id.endsWith("0") ? "1" : "0"}`));
    expect(new TextDecoder().decode((await server.files.read(hers.id, { userId: "ada" } as RequestContext)).data)).toBe("hers");
  });

  test("CWE-400: uploads that stop in the middle keep nobody out", async () => {
    const quiet = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const { pathname, search, host, port } = new URL((await server.create("a.txt", 1_000_000, "text/plain")).upload_descriptor!.url);
        const socket = connect(Number(port), "127.0.0.1");
        socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000000\r\n\r\nx`);
        return socket;
      }),
    );
    const data = new Uint8Array(5_000_000).fill(120);
    const began = performance.now();
    expect((await server.uploaded("b.txt", "text/plain", data)).type).toBe("file");
    expect(performance.now() - began).toBeLessThan(5000);
    for (const socket of quiet) socket.destroy();
  });

  test("CWE-778: whoever guesses links is told to the operator and refused sooner, and a good link still works", async () => {
    const limits = new Limits({ refusalsPerMinute: 3 });
    const guessed = fileServer({ limits });
    try {
      const file = await guessed.uploaded("a.txt", "text/plain", new TextEncoder().encode("a"));
      const good = (await guessed.files.links({ userId: "ada" } as RequestContext))(`attachment:${file.id}`);
      const guesses = [`/attachments/${file.id}`, `/attachments/${file.id}?token=x`, `/attachments/other?token=${tokenOf(good)}`, `/attachments/${file.id}?token=y`];
      const statuses = [];
      for (const path of guesses) statuses.push((await fetch(guessed.url + path)).status);
      expect([...statuses, (await fetch(good)).status]).toEqual([403, 403, 403, 429, 200]);
      const told = guessed.lines.flatMap(({ fields }) => ("event" in fields && "reason" in fields ? [[fields.event, fields.reason]] : []));
      expect(told).toEqual([["identity_refused", "link"], ["limit_hit", "refusals_per_minute"]]);
    } finally {
      await guessed.stop();
    }
  });

  test("CWE-352: a form from another site's page is refused, cookies or not", async () => {
    const body = new FormData();
    body.append("file", new Blob([PNG], { type: "image/png" }), "a.png");
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await fetch(`${server.url}/chatkit/attachments`, { method: "POST", headers, body })).status).toBe(403);
  });

  test("CWE-770: what an item says is an attachment's URL is signed only for who reads it", async () => {
    const hers = await server.uploaded("a.txt", "text/plain", new TextEncoder().encode("a"), "ada");
    const evil = (await server.files.links({ userId: "eve" } as RequestContext))(`attachment:${hers.id}`);
    expect((await fetch(evil)).status).toBe(404);
    for (const url of ["attachment:", "attachment:../x", "attachment:a b", "javascript:alert(1)", "https://x/attachment:y"]) {
      expect((await server.files.links({ userId: "eve" } as RequestContext))(url)).toBe(url);
    }
  });
});
