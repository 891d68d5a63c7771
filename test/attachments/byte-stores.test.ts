import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteStore } from "../../src/attachments/byte-store.ts";
import { DiskBytes } from "../../src/attachments/disk.ts";
import { S3Bytes } from "../../src/attachments/s3.ts";
import { fileServer } from "../support/files.ts";
import { BUCKET, S3_KEYS, s3Server } from "../support/s3-server.ts";
import { MemoryBytes } from "../../src/attachments/memory.ts";

setDefaultTimeout(30_000);

const folder = mkdtempSync(join(tmpdir(), "chatkit-bytes-"));
const s3 = s3Server();
afterAll(() => s3.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const key = () => `atc_${crypto.randomUUID().replaceAll("-", "")}`;
async function* of(...chunks: (string | Error)[]) {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield new TextEncoder().encode(chunk);
  }
}
const textOf = async (store: ByteStore, name: string) => new TextDecoder().decode(await (await store.open(name))?.all());

describe.each([
  ["in memory", () => new MemoryBytes()],
  ["on disk", () => new DiskBytes(join(folder, "files"))],
  ["in a bucket, named in the path", () => new S3Bytes({ bucket: BUCKET, prefix: "some/prefix", endpoint: s3.endpoint, region: "us-east-1", ...S3_KEYS })],
  ["in a bucket, named in the host", () => new S3Bytes({ bucket: BUCKET, endpoint: `http://${BUCKET}.localhost:${s3.port}`, region: "us-east-1", virtualHosted: true, ...S3_KEYS })],
])("bytes %s", (_, open: () => ByteStore) => {
  const store = open();

  test("what was written is read, whole or in part, until it is deleted", async () => {
    const name = key();
    await store.write(name, of("hello ", "world"));
    const stored = (await store.open(name))!;
    expect([stored.size, await textOf(store, name), await new Response(stored.part(6, 9)).text()]).toEqual([11, "hello world", "wor"]);
    await store.delete(name);
    await store.delete(name);
    expect(await store.open(name)).toBeUndefined();
  });

  test("a second write takes the place of the first, and one that fails leaves it", async () => {
    const name = key();
    await store.write(name, of("first"));
    await store.write(name, of("second"));
    await expect(store.write(name, of("thi", new Error("cut off")))).rejects.toThrow("cut off");
    expect(await textOf(store, name)).toBe("second");
    const fresh = key();
    await expect(store.write(fresh, of("x", new Error("cut off")))).rejects.toThrow("cut off");
    expect(await store.open(fresh)).toBeUndefined();
  });

  test("a chunk is read before the next one is asked for, and not looked at again", async () => {
    const name = key();
    const buffer = new Uint8Array(300_000);
    async function* reused() {
      for (let i = 0; i < 40; i++) yield buffer.fill(i);
    }
    await store.write(name, reused());
    const stored = await (await store.open(name))!.all();
    expect(stored.length).toBe(12_000_000);
    for (let i = 0; i < 40; i++) expect(stored.subarray(i * 300_000, (i + 1) * 300_000).every((byte) => byte === i)).toBe(true);
  });

  test("all keys are listed with the time they were written", async () => {
    const name = key();
    const before = Date.now() - 2000;
    await store.write(name, of("x"));
    await store.write(`${name}.preview`, of("y"));
    const listed = await Array.fromAsync(store.list());
    const mine = listed.filter(({ key: one }) => one.startsWith(name));
    expect(mine.map(({ key: one }) => one).sort()).toEqual([name, `${name}.preview`]);
    expect(mine.every(({ writtenAt }) => writtenAt > before && writtenAt < Date.now() + 2000)).toBe(true);
  });

  test.each(["../../../etc/passwd", "a/b", "..", "", "atc_1\0x", "%2e%2e%2f%2e%2e", `${"x".repeat(200)}`, "atc_12345678/../../x", "atc_12345678.pre/view", "C:\\x"])(
    "CWE-22: %j is no key, for any method",
    async (name) => {
      const methods: (() => Promise<unknown>)[] = [() => store.write(name, of("x")), () => store.open(name), () => store.delete(name)];
      for (const method of methods) expect((async () => method())()).rejects.toThrow("not a key");
    },
  );
});

describe("a bucket", () => {
  const options = { bucket: BUCKET, prefix: "b", endpoint: s3.endpoint, region: "us-east-1", ...S3_KEYS };
  const store = new S3Bytes(options);
  const large = (size: number) => new TextDecoder().decode(new Uint8Array(size).fill(120));

  test("gets a large file in parts, and none of it when it breaks off", async () => {
    const [whole, cut] = [key(), key()];
    await store.write(whole, of(large(4_000_000), large(4_000_000), large(4_000_000)));
    expect((await store.open(whole))!.size).toBe(12_000_000);
    await expect(store.write(cut, of(large(4_000_000), large(4_000_000), new Error("cut off")))).rejects.toThrow("cut off");
    expect(await store.open(cut)).toBeUndefined();
  });

  test.each([
    ["refuses the key", () => new S3Bytes({ ...options, secretAccessKey: "wrong" }), undefined, "storage_unavailable", 503],
    ["is away", () => new S3Bytes({ ...options, endpoint: "http://127.0.0.1:1" }), undefined, "storage_unavailable", 503],
    ["fails", () => store, () => new Response("<Error><Code>InternalError</Code></Error>", { status: 500 }), "storage_unavailable", 503],
    ["is full", () => store, () => new Response("<Error><Code>QuotaExceeded</Code></Error>", { status: 403 }), "storage_full", 507],
  ])("that %s is told so, and a retry works", async (_, open, fail, code, status) => {
    const name = key();
    s3.state.fail = fail;
    const failed = open();
    await expect(failed.write(name, of("x"))).rejects.toMatchObject({ code, status });
    if (code === "storage_unavailable") await expect(failed.open(name)).rejects.toMatchObject({ code });
    s3.state.fail = undefined;
    await store.write(name, of("x"));
    expect((await store.open(name))!.size).toBe(1);
  });

  test("that is sent to past the server is looked at when a message names the file, and what is a lie is deleted", async () => {
    const server = fileServer({ bytes: store, isDirect: true });
    const [honest, lie, short, never] = [await server.create("a.txt", 3, "text/plain"), await server.create("a.png", 6, "image/png"), await server.create("b.txt", 4, "text/plain"), await server.create("c.txt", 1, "text/plain")];
    expect(honest.upload_descriptor!.url).toStartWith(s3.endpoint);
    for (const [one, body] of [[honest, "abc"], [lie, "<html>"], [short, "abc"]] as const) expect((await server.put(one, body)).status).toBe(200);
    expect(await (await server.send([honest.id])).text()).toContain("Hello.");
    expect(await (await server.send([lie.id])).text()).toContain("is said to be image/png, but is text");
    expect(await (await server.send([short.id])).text()).toContain("announced with 4 bytes, and has 3");
    expect(await (await server.send([never.id])).text()).toContain("has not been uploaded");
    expect((await Promise.all([honest, lie, short].map(({ id }) => store.open(id)))).map((found) => found !== undefined)).toEqual([true, false, false]);
    expect(new TextDecoder().decode((await server.files.read(honest.id, { userId: "ada" } as never)).data)).toBe("abc");
    server.stop();
  });
});

describe("files on disk", () => {
  const root = join(folder, "private");
  const store = new DiskBytes(root);

  test("CWE-276: nobody else may read them, nor look into their folders", async () => {
    const name = key();
    const umask = process.umask(0);
    await store.write(name, of("x"));
    process.umask(umask);
    const shard = join(root, name.slice(-2));
    const modes = [root, shard, join(root, "new"), join(shard, name)].map((path) => (statSync(path).mode & 0o777).toString(8));
    expect(modes).toEqual(["700", "700", "700", "600"]);
  });

  test("CWE-59: a link in the place of a file is not followed, and replaced by the next write", async () => {
    const name = key();
    const secret = join(folder, "secret");
    writeFileSync(secret, "not theirs");
    await store.write(name, of("x"));
    const path = join(root, name.slice(-2), name);
    rmSync(path);
    symlinkSync(secret, path);
    expect(await store.open(name)).toBeUndefined();
    await store.write(name, of("mine"));
    expect([readFileSync(secret, "utf8"), await textOf(store, name)]).toEqual(["not theirs", "mine"]);
  });

  test("what a write has left whose process died is deleted, what is being written is not", async () => {
    mkdirSync(join(root, "new"), { recursive: true });
    const [old, fresh] = [join(root, "new", "old"), join(root, "new", "fresh")];
    for (const path of [old, fresh]) writeFileSync(path, "half");
    utimesSync(old, 0, 0);
    await store.tidy(Date.now() - 3_600_000);
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true]);
    expect((await Array.fromAsync(store.list())).some(({ key: one }) => one === "fresh")).toBe(false);
    rmSync(fresh);
  });

  test("a write that fails leaves nothing behind", async () => {
    await expect(store.write(key(), of("half", new Error("gone")))).rejects.toThrow("gone");
    expect(readdirSync(join(root, "new"))).toEqual([]);
  });

  test("a file in the place of the folder is a 503 that clients may retry", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(new DiskBytes(join(folder, "file")).write(key(), of("x"))).rejects.toMatchObject({ code: "storage_unavailable", status: 503 });
  });
});
