import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attachment } from "../../src/protocol/attachments.ts";
import { binary, startBinary, type Program } from "../support/binary.ts";
import { fileClient, PNG } from "../support/files.ts";
import { BUCKET, S3_KEYS, s3Server } from "../support/s3-server.ts";

setDefaultTimeout(90_000);
const folder = mkdtempSync(join(tmpdir(), "chatkit-hostile-"));
const s3 = s3Server();
beforeAll(binary);
afterAll(() => {
  s3.stop();
  rmSync(folder, { recursive: true });
});

const onDisk = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
const inBucket = () => [...s3.objects.keys()].sort();
const STORES: [store: string, place: string, everything: () => string[]][] = [
  ["disk", `disk:${join(folder, "files")}`, onDisk],
  ["memory", "memory", () => []],
  ["S3", `s3://${BUCKET}/files?endpoint=${encodeURIComponent(s3.endpoint)}&region=us-east-1&style=path`, inBucket],
];
const IDS = [
  "../../etc/passwd",
  "..%2f..%2fetc%2fpasswd",
  "%2e%2e/%2e%2e/etc/passwd",
  "..%252f..%252fetc%252fpasswd",
  "..\\..\\boot.ini",
  "%5c..%5c",
  "%00",
  "ID%00.png",
  "ID%2500",
  "ID/../x",
  "ID.preview",
  "%c0%ae%c0%ae/",
  "//etc/passwd",
  "a".repeat(6000),
];
const NAMES = ["a\r\nset-cookie: a=b\r\n\r\n<script>", "../../a", "..%2f..%2fa", "..%252fa", 'a"; filename="b.html', "a\0b", "\u202egnp.exe", "a".repeat(255)];
const SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const HTML = "<!doctype html><script>alert(1)</script>";
/** An image that is a page, too. */
const POLYGLOT = new Uint8Array(Buffer.concat([PNG, Buffer.from(HTML)]));

const previewOf = (attachment: Attachment) => (attachment as { preview_url?: string }).preview_url ?? "";

/** As it is written: `fetch` would tidy the path up. */
function raw({ url }: Program, method: string, target: string, body = ""): Promise<string> {
  const { port, host } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`${method} ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
  let answer = "";
  socket.on("data", (data: Buffer) => (answer += data.toString("latin1")));
  return new Promise((resolve, reject) => socket.on("error", reject).on("close", () => resolve(answer)));
}

test.each(STORES)("files in %s: no path leads out, and nothing that is uploaded runs (CWE-22, CWE-79, CWE-113)", async (_, place, everything) => {
  const keys = { AWS_ACCESS_KEY_ID: S3_KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey };
  await using program = await startBinary(["--database-url", "memory:", "--attachments", place], { env: keys });
  const client = fileClient(program.url);
  const targetOf = (url: string) => new URL(url).pathname + new URL(url).search;

  const checkName = async (name: string) => {
    const image = await client.uploaded(name, "image/png", POLYGLOT);
    const [head = "", body] = (await raw(program, "GET", targetOf(previewOf(image)))).split("\r\n\r\n");
    expect(body).toContain("WEBP");
    expect(body).not.toContain("<script>");
    expect(head).toMatch(/^HTTP\/1\.1 200 .*\r\ncontent-disposition: inline; filename="[^"\r\n]*"; filename\*=UTF-8''[\w.%~!*-]*(?:\r\n|$)/is);
    expect(head).toMatch(/\r\ncontent-type: image\/webp(?:\r\n|$)/i);
    expect(head).toMatch(/\r\nx-content-type-options: nosniff(?:\r\n|$)/i);
    expect(head).toMatch(/\r\ncontent-security-policy: default-src 'none'; sandbox;/i);
    expect(head).not.toMatch(/\r\nset-cookie:/i);
  };
  await Promise.all(NAMES.map(checkName));

  for (const [type, text] of [["text/html", HTML], ["image/svg+xml", SVG]] as const) {
    const stored = await client.uploaded("a", type, new TextEncoder().encode(text));
    // Of what could run nobody gets a link.
    expect(previewOf(stored)).toBe("");
    expect(stored).toMatchObject({ type: "file", mime_type: type });
    for (const lie of ["image/png", "application/pdf"]) {
      const refused = await client.put(await client.create("a.png", text.length, lie), text);
      expect([refused.status, await refused.text()]).toEqual([415, expect.stringContaining("unsupported_media_type")]);
    }
  }

  const mine = await client.create("a.txt", 1, "text/plain");
  const upload = new URL(mine.upload_descriptor!.url);
  const image = await client.uploaded("a.png", "image/png", PNG);
  const before = everything();
  const checkId = async (pattern: string) => {
    const read = await raw(program, "GET", `/attachments/${pattern.replaceAll("ID", image.id)}${new URL(previewOf(image)).search}`);
    const written = await raw(program, "PUT", `/attachments/${pattern.replaceAll("ID", mine.id)}${upload.search}`, "x");
    for (const answer of [read, written]) expect([pattern.slice(0, 30), answer.slice(0, 12)]).toEqual([pattern.slice(0, 30), expect.stringMatching(/^HTTP\/1\.1 4/)]);
    for (const answer of [read, written]) expect(answer).not.toContain("root:");
  };
  await Promise.all(IDS.map(checkId));
  expect(everything()).toEqual(before);
  expect((await raw(program, "PUT", targetOf(upload.href), "x")).slice(0, 12)).toBe("HTTP/1.1 200");
});
