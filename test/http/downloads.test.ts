import { afterAll, describe, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import type { Attachment } from "../../src/protocol/attachments.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { newSigningKey } from "../../src/store/ids.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { fileServer, PDF, PNG } from "../support/files.ts";
import { errorOf } from "../support/http.ts";

setDefaultTimeout(30_000);

const DAY_MS = 86_400_000;
let time = Date.parse("2026-03-04T05:06:07Z");
const store = new MemoryStore<RequestContext>();
const server = fileServer({ store, now: () => time });
afterAll(() => server.stop());

const text = (content: string) => new TextEncoder().encode(content);
const links = (user = "ada") => server.files.links({ userId: user } as RequestContext);
const urlOf = async ({ id }: Attachment, user?: string) => (await links(user))(`attachment:${id}`);
const SVG = text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>');
const HTML = text("<!doctype html><script>alert(document.domain)</script>");

describe("a download", () => {
  test("of a plain picture is shown, with its type and what a cache needs", async () => {
    const attachment = await server.uploaded("dot.png", "image/png", PNG);
    const answer = await fetch(await urlOf(attachment));
    expect(await answer.bytes()).toEqual(PNG);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/png",
      "content-disposition": `inline; filename="dot.png"; filename*=UTF-8''dot.png`,
      "content-length": String(PNG.byteLength),
      "cache-control": "private, max-age=86400, immutable",
      "accept-ranges": "bytes",
      "x-content-type-options": "nosniff",
      "access-control-allow-origin": "*",
    });
    const etag = answer.headers.get("etag")!;
    const again = await fetch(await urlOf(attachment), { headers: { "if-none-match": `W/"x", ${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const head = await fetch(await urlOf(attachment), { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(PNG.byteLength), ""]);
  });

  test.each([
    ["HTML", "page.html", "text/html", HTML],
    ["SVG", "x.svg", "image/svg+xml", SVG],
    ["XHTML", "x.xhtml", "text/xml", text('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>')],
    ["a PDF", "a.pdf", "application/pdf", PDF],
  ])("CWE-79: %s is saved, never run", async (_, name, type, data) => {
    const attachment = await server.uploaded(name, type, data);
    const answer = await fetch(await urlOf(attachment));
    expect(answer.headers.get("content-disposition")).toStartWith("attachment;");
    expect(answer.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox; frame-ancestors 'none'");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await answer.bytes()).toEqual(data);
  });

  test("CWE-93: any name comes back as it was, and as no header of its own", async () => {
    const name = 'Zoë "x"\r\nset-cookie: a=b\u2028.png';
    const attachment = await server.uploaded(name, "image/png", PNG);
    const answer = await fetch(await urlOf(attachment));
    expect(answer.headers.get("set-cookie")).toBeNull();
    const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(answer.headers.get("content-disposition")!)!;
    expect(decodeURIComponent(encoded!)).toBe(name);
  });

  test.each([
    ["bytes=0-3", 206, "%PDF", "bytes 0-3/29"],
    ["bytes=-4", 206, "obj\n", "bytes 25-28/29"],
    ["bytes=25-", 206, "obj\n", "bytes 25-28/29"],
    ["bytes=0-999", 206, undefined, "bytes 0-28/29"],
    ["bytes=29-", 416, "", "bytes */29"],
    ["bytes=5-2", 416, "", "bytes */29"],
    ["bytes=0-1,3-4", 200, undefined, null],
    ["lines=1-2", 200, undefined, null],
  ])("answers the range %s with %i", async (range, status, body, contentRange) => {
    const attachment = await server.uploaded("a.pdf", "application/pdf", PDF);
    const answer = await fetch(await urlOf(attachment), { headers: { range } });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([status, contentRange]);
    expect(await answer.text()).toBe(body ?? new TextDecoder().decode(PDF));
    const other = await fetch(await urlOf(attachment), { headers: { range, "if-range": '"another"' } });
    expect(other.status).toBe(200);
    const head = await fetch(await urlOf(attachment), { method: "HEAD", headers: { range } });
    expect([head.status, head.headers.get("content-length"), head.headers.get("content-range")]).toEqual([200, "29", null]);
  });
});

describe("a preview", () => {
  const made = (width: number, height: number) => new Bun.Image(PNG).resize(width, height);

  test("is at most 512 pixels wide and high, upright, and without what a camera wrote", async () => {
    const jpeg = await made(1200, 600).jpeg().bytes();
    const exif = Uint8Array.fromHex("ffe1002245786966000049492a00080000000100120103000100000006000000000000000000");
    const data = new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]));
    const attachment = await server.uploaded("photo.jpg", "image/jpeg", data);
    const answer = await fetch((attachment as { preview_url: string }).preview_url);
    const preview = await answer.bytes();
    expect(answer.headers.get("content-type")).toBe("image/webp");
    expect(await new Bun.Image(preview).metadata()).toMatchObject({ width: 256, height: 512, format: "webp" });
    expect(Buffer.from(preview).includes("Exif")).toBe(false);
    expect(await (await fetch((attachment as { preview_url: string }).preview_url)).bytes()).toEqual(preview);
  });

  test("of a small picture is not enlarged, and one that nobody here can decode is the picture itself", async () => {
    const small = await server.uploaded("s.png", "image/png", await made(20, 10).png().bytes() as Uint8Array<ArrayBuffer>);
    expect(await new Bun.Image(await (await fetch((small as { preview_url: string }).preview_url)).bytes()).metadata()).toMatchObject({ width: 20, height: 10 });
    const broken = new Uint8Array(PNG);
    broken.fill(0, 45, 55);
    const attachment = await server.uploaded("b.png", "image/png", broken);
    expect(await (await fetch((attachment as { preview_url: string }).preview_url)).bytes()).toEqual(broken);
  });

  test("that many ask for at once is made once", async () => {
    const attachment = await server.uploaded("a.png", "image/png", (await made(600, 600).png().bytes()) as Uint8Array<ArrayBuffer>);
    const write = spyOn(server.bytes, "write");
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch((attachment as { preview_url: string }).preview_url)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(write).toHaveBeenCalledTimes(1);
    write.mockRestore();
  });

  test("is made anew for a file that is uploaded anew", async () => {
    const [red, wide] = [PNG, (await made(30, 10).png().bytes()) as Uint8Array<ArrayBuffer>];
    const attachment = await server.create("a.png", wide.byteLength, "image/png");
    await server.put(attachment, wide);
    const sizeOf = async () => new Bun.Image(await (await fetch((attachment as { preview_url: string }).preview_url)).bytes()).metadata();
    expect(await sizeOf()).toMatchObject({ width: 30 });
    const padded = new Uint8Array(wide.byteLength);
    padded.set(red);
    await server.put(attachment, padded);
    expect(await sizeOf()).toMatchObject({ width: 1 });
  });
});

describe("a signed URL", () => {
  test("stays the same all day, lasts for a week, and then ends", async () => {
    const attachment = await server.uploaded("a.txt", "text/plain", text("a"));
    const first = await urlOf(attachment);
    time += 6 * 3_600_000;
    expect(await urlOf(attachment)).toBe(first);
    time += 7 * DAY_MS - 6 * 3_600_000;
    expect((await fetch(first)).status).toBe(200);
    expect(await urlOf(attachment)).not.toBe(first);
    time += 2 * DAY_MS;
    expect(await errorOf(await fetch(first))).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("for an upload ends after an hour", async () => {
    const attachment = await server.create("a.txt", 1, "text/plain");
    time += 3_600_001;
    expect((await server.put(attachment, "a")).status).toBe(403);
  });

  test("names nobody, and fits nothing but what it was made for", async () => {
    const [mine, other] = [await server.uploaded("a.txt", "text/plain", text("a"), "ada@example.com"), await server.uploaded("b.txt", "text/plain", text("b"), "bob")];
    const url = new URL(await urlOf(mine, "ada@example.com"));
    const token = url.searchParams.get("token")!;
    expect(Buffer.from(token, "base64url").toString("latin1")).not.toContain("ada");
    const ask = async (id: string, with_: string, method = "GET") =>
      (await fetch(`${server.url}/attachments/${id}?token=${encodeURIComponent(with_)}`, { method, ...(method === "PUT" && { body: "x" }) })).status;
    expect(await ask(mine.id, token)).toBe(200);
    // Another attachment, one that does not exist, no token, another purpose, every changed character.
    expect(await Promise.all([ask(other.id, token), ask("atc_none", token), ask(mine.id, ""), ask(mine.id, token, "PUT")])).toEqual([403, 403, 403, 403]);
    const changed = [...token].map((letter, i) => token.slice(0, i) + (letter === "A" ? "B" : "A") + token.slice(i + 1));
    // The last letter has bits that belong to no byte, and a decoder leaves out what is no letter.
    changed.push(...["=", "==", "\0", "~", " "].map((more) => token + more), ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((last) => token.slice(0, -1) + last));
    const statuses = await Promise.all(changed.filter((one) => one !== token).map((one) => ask(mine.id, one)));
    expect(new Set(statuses)).toEqual(new Set([403]));
    // What an upload may be used for is no download, and the link of somebody else is no way to one's file.
    const upload = await server.create("c.txt", 1, "text/plain");
    expect(await ask(upload.id, new URL(upload.upload_descriptor!.url).searchParams.get("token")!)).toBe(403);
    expect(await ask(mine.id, new URL(await urlOf(mine, "bob")).searchParams.get("token")!)).toBe(404);
  });

  test("ends with its key, and a new key is believed before the minute is over", async () => {
    const attachment = await server.uploaded("a.txt", "text/plain", text("a"));
    const old = await urlOf(attachment);
    const [first] = await store.signingKeys();
    const next = newSigningKey();
    store.signingKeys = async () => [next, first!];
    time += 1001;
    const { UrlSigner } = await import("../../src/attachments/url-tokens.ts");
    const signed = new UrlSigner([next]).sign({ purpose: "file", userId: "ada", attachmentId: attachment.id, expiresAt: time / 1000 + 60 });
    expect((await fetch(`${server.url}/attachments/${attachment.id}?token=${signed}`)).status).toBe(200);
    expect((await fetch(old)).status).toBe(200);
    store.signingKeys = async () => [next];
    time += 60_001;
    expect((await fetch(old)).status).toBe(403);
  });

  test("is not in the log", async () => {
    const attachment = await server.uploaded("a.txt", "text/plain", text("a"));
    const url = await urlOf(attachment);
    await (await fetch(url)).text();
    expect(JSON.stringify(server.lines)).toContain(attachment.id);
    expect(JSON.stringify(server.lines)).not.toContain(new URL(url).searchParams.get("token")!);
  });

  test("of an attachment that was deleted, or not uploaded yet, leads nowhere", async () => {
    const attachment = await server.uploaded("a.txt", "text/plain", text("a"));
    await server.ask("attachments.delete", { attachment_id: attachment.id });
    expect((await fetch(await urlOf(attachment))).status).toBe(404);
    expect((await fetch(await urlOf(await server.create("a.txt", 1, "text/plain")))).status).toBe(404);
  });
});
