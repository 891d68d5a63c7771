import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import type { Attachment } from "../../src/protocol/attachments.ts";
import { fileServer, PDF, PNG } from "../support/files.ts";
import { errorOf, testApp } from "../support/http.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(30_000);

const server = fileServer();
const strict = fileServer({
  authenticate: async (request) => {
    const [, userId] = /^Bearer (\w+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    return { userId: userId ?? "" };
  },
  corsOrigins: ["https://chat.example.com"],
  rules: { maxBytes: 1000, types: [{ type: "image/*" }, { type: "text/*", maxBytes: 50 }], maxPerMessage: 2, maxBytesPerUser: 5000 },
});
afterAll(() => Promise.all([server.stop(), strict.stop()]));

const keysOf = async ({ bytes }: { bytes: typeof server.bytes }) => (await Array.fromAsync(bytes.list())).map(({ key }) => key);
const text = (content: string) => new TextEncoder().encode(content);
/** A picture that says that it is that large. */
function pngOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(PNG);
  new DataView(data.buffer).setUint32(16, width);
  new DataView(data.buffer).setUint32(20, height);
  data.set(new Uint8Array(new Uint32Array([Bun.hash.crc32(data.subarray(12, 29))]).buffer).reverse(), 29);
  return data;
}
function avifOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = Buffer.alloc(20);
  size.writeUInt32BE(20);
  size.write("ispe", 4);
  size.writeUInt32BE(width, 12);
  size.writeUInt32BE(height, 16);
  return new Uint8Array(Buffer.concat([Buffer.from("\0\0\0\x18ftypavif\0\0\0\0avifmif1", "latin1"), size]));
}

describe("an upload in two steps", () => {
  test("the descriptor says all that is needed: the bytes are there, and the message that names them shows the picture", async () => {
    const { create, put, send, ask } = server;
    const created = await create("dot.png", PNG.byteLength, "image/png");
    expect(created).toMatchObject({ type: "image", name: "dot.png", mime_type: "image/png", upload_descriptor: { method: "PUT", headers: { "content-type": "image/png" } } });
    expect(Object.keys(created)).not.toContain("metadata");
    const answer = await put(created, PNG);
    expect(answer.status).toBe(200);
    const uploaded = (await answer.json()) as Attachment;
    expect(uploaded).toMatchObject({ id: created.id, type: "image", preview_url: expect.stringMatching(/^http:/) });
    expect(uploaded).not.toHaveProperty("upload_descriptor");
    const events = await (await send([created.id])).text();
    const [, threadId] = /"thread_id":"(\w+)"/.exec(events)!;
    const items = (await (await ask("items.list", { thread_id: threadId })).json()) as { data: { type: string; attachments?: Attachment[] }[] };
    const [shown] = items.data.find(({ type }) => type === "user_message")!.attachments!;
    expect(events).toContain((shown as { preview_url: string }).preview_url);
    const preview = await fetch((shown as { preview_url: string }).preview_url);
    expect([preview.status, preview.headers.get("content-type")]).toEqual([200, "image/webp"]);
  });

  test("its URL needs no other identity, under any authentication and from a page of any origin", async () => {
    const created = (await (
      await fetch(`${strict.url}/chatkit`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer ada" },
        body: JSON.stringify({ type: "attachments.create", params: { name: "a.png", size: PNG.byteLength, mime_type: "image/png" } }),
      })
    ).json()) as Attachment;
    const { url } = created.upload_descriptor!;
    const headers = { origin: "https://frame.example.net", "sec-fetch-site": "cross-site" };
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "PUT", "access-control-request-headers": "content-type,chatkit-frame-instance-id" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("chatkit-frame-instance-id");
    for (const origin of [headers.origin, "https://chat.example.com"]) {
      const answer = await fetch(url, { method: "PUT", headers: { ...headers, origin, "content-type": "image/png" }, body: PNG });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
      expect(answer.headers.get("access-control-expose-headers")).toContain("etag");
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  test("a client that sends a form there is served, too", async () => {
    const created = await server.create("ü.pdf", PDF.byteLength, "application/pdf");
    const body = new FormData();
    body.append("purpose", "anything");
    body.append("file", new Blob([PDF], { type: "application/pdf" }), "other name.pdf");
    const answer = await fetch(created.upload_descriptor!.url, { method: "POST", body });
    expect(await answer.json()).toMatchObject({ id: created.id, name: "ü.pdf", type: "file" });
    expect((await server.files.read(created.id, { userId: "ada" } as never)).data).toEqual(PDF);
  });

  test("a second upload takes the place of the first, until a message names the file", async () => {
    const created = await server.create("a.txt", 3, "text/plain");
    expect((await server.put(created, "one")).status).toBe(200);
    expect((await server.put(created, "two")).status).toBe(200);
    await (await server.send([created.id])).text();
    expect(await errorOf(await server.put(created, "six"))).toMatchObject({ status: 409, code: "conflict" });
    expect(new TextDecoder().decode((await server.files.read(created.id, { userId: "ada" } as never)).data)).toBe("two");
  });

  test("of two uploads at once the later one stays, whichever ends first, and one that ends after its message changes nothing", async () => {
    const read = async ({ id }: Attachment) => new TextDecoder().decode((await server.files.read(id, { userId: "ada" } as never)).data);
    for (const between of ["another upload", "a message"]) {
      const created = await server.create("a.txt", 6, "text/plain");
      const begun = Promise.withResolvers<void>();
      const rest = Promise.withResolvers<void>();
      if (between === "a message") await server.put(created, "second");
      const body = new ReadableStream({
        async pull(controller) {
          controller.enqueue(text("fir"));
          begun.resolve();
          await rest.promise;
          controller.enqueue(text("st!"));
          controller.close();
        },
      });
      const first = server.put(created, body);
      await begun.promise;
      await Bun.sleep(20);
      if (between === "a message") await (await server.send([created.id])).text();
      else expect((await server.put(created, "second")).status).toBe(200);
      rest.resolve();
      expect(await errorOf(await first)).toMatchObject({ status: 409, code: "conflict" });
      expect(await read(created)).toBe("second");
    }
  });

  test("a second upload that is refused after its bytes took the place of the first leaves a file that was not uploaded", async () => {
    const huge = pngOf(20_000, 20_000);
    const created = await server.create("late.png", huge.byteLength, "image/png");
    expect((await server.put(created, pngOf(1, 1))).status).toBe(200);
    expect((await server.put(created, huge)).status).toBe(413);
    expect(await (await server.send([created.id])).text()).toContain("The file late.png has not been uploaded.");
    expect((await server.put(created, pngOf(1, 1))).status).toBe(200);
    expect(await (await server.send([created.id])).text()).toContain("Hello.");
  });

  test.each([
    ["a PNG with no width", "image/png", () => pngOf(0, 5), 415],
    ["a PNG of two billion columns", "image/png", () => pngOf(2 ** 31 - 1, 2 ** 31 - 1), 413],
    ["a GIF that ends before its size", "image/gif", () => text("GIF89a"), 415],
    ["an AVIF that declares a huge picture", "image/avif", () => avifOf(100_000, 100_000), 413],
  ])("CWE-409: %s is refused", async (_, type, data, status) => {
    const created = await server.create("x", data().byteLength, type);
    expect((await server.put(created, data())).status).toBe(status);
    expect(await keysOf(server)).not.toContain(created.id);
  });

  test("a message with a file that was not uploaded is refused with its name", async () => {
    const created = await server.create("late.txt", 3, "text/plain");
    expect(await (await server.send([created.id])).text()).toContain("The file late.txt has not been uploaded.");
  });

  test.each([
    ["more than was announced", 3, "text/plain", "four", 413],
    ["less than was announced", 5, "text/plain", "four", 400],
    ["HTML that is said to be a picture", 20, "image/png", "<script>1</script>  ", 415],
    ["nothing", 5, "text/plain", "", 400],
  ])("%s is refused, and leaves nothing", async (_, size, type, body, status) => {
    const created = await server.create("x", size, type);
    expect((await server.put(created, body)).status).toBe(status);
    expect(await keysOf(server)).not.toContain(created.id);
    expect((await server.put(created, body.padEnd(size, " ").slice(0, size))).status).toBe(type === "image/png" ? 415 : 200);
  });

  test("CWE-409: a small file with a huge picture in it is refused before anything decodes it", async () => {
    const bomb = pngOf(60_000, 60_000);
    const created = await server.create("bomb.png", bomb.byteLength, "image/png");
    expect(await errorOf(await server.put(created, bomb))).toMatchObject({ status: 413, message: expect.stringContaining("60000 × 60000 pixels") });
    expect(await keysOf(server)).not.toContain(created.id);
  });

  test("one that breaks off leaves nothing, and can be done again", async () => {
    const created = await server.create("big.txt", 2_000_000, "text/plain");
    const { pathname, search, host, port } = new URL(created.upload_descriptor!.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 2000000\r\n\r\n${"x".repeat(1_000_000)}`);
    await Bun.sleep(50);
    socket.destroy();
    expect((await server.put(created, "y".repeat(2_000_000))).status).toBe(200);
    expect((await server.files.read(created.id, { userId: "ada" } as never)).data.every((byte) => byte === 121)).toBe(true);
  });
});

describe("an upload in one step", () => {
  test("answers the attachment, whose name and type are those of the form", async () => {
    const answer = await server.form(new Blob([PNG], { type: "image/png" }), 'p"i;c.png');
    expect(answer.status).toBe(200);
    const attachment = (await answer.json()) as Attachment;
    expect(attachment).toMatchObject({ type: "image", name: 'p"i;c.png', mime_type: "image/png" });
    expect(await (await server.send([attachment.id])).text()).toContain(attachment.id);
    expect(await (await server.send([attachment.id], "bob")).text()).toContain("Attachment not found");
  });

  test("takes a file that is many chunks long", async () => {
    const data = text("x".repeat(5_000_000) + "\r\n--not the end");
    const attachment = (await (await server.form(new Blob([data], { type: "text/plain" }), "long.txt")).json()) as Attachment;
    expect((await server.files.read(attachment.id, { userId: "ada" } as never)).data).toEqual(data);
  });

  test("asks who it is, and from which page", async () => {
    const body = () => {
      const form = new FormData();
      form.append("file", new Blob([PNG], { type: "image/png" }), "a.png");
      return form;
    };
    const post = (headers: Record<string, string>) => fetch(`${strict.url}/chatkit/attachments`, { method: "POST", headers, body: body() });
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: "Bearer ada", origin: "https://evil.example", "sec-fetch-site": "cross-site" })).status).toBe(403);
    const welcome = await post({ authorization: "Bearer ada", origin: "https://chat.example.com", "sec-fetch-site": "cross-site" });
    expect([welcome.status, welcome.headers.get("access-control-allow-origin")]).toEqual([200, "https://chat.example.com"]);
  });

  test.each([
    ["no form", "hello", "text/plain", 415],
    ["a form without a file", '--b\r\ncontent-disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n', "multipart/form-data; boundary=b", 400],
    ["another field", '--b\r\ncontent-disposition: form-data; name="upload"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n', "multipart/form-data; boundary=b", 400],
    ["a form that breaks off", '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nxxx', "multipart/form-data; boundary=b", 400],
    ["an endless header", `--b\r\n${"x".repeat(100_000)}`, "multipart/form-data; boundary=b", 400],
    ["no boundary", "x", "multipart/form-data", 415],
  ])("%s is refused, and leaves nothing", async (_, body, type, status) => {
    const before = await keysOf(server);
    const answer = await fetch(`${server.url}/chatkit/attachments`, { method: "POST", headers: { "content-type": type }, body });
    expect(answer.status).toBe(status);
    expect(await keysOf(server)).toEqual(before);
  });
});

describe("what may be uploaded", () => {
  const create = async (name: string, size: number, mime_type: string, user = "eve") => {
    const answer = await strict.files.createAttachment({ name, size, mime_type }, { userId: user } as never).then(
      (attachment) => strict.store.saveAttachment(attachment, { userId: user } as never).then(() => attachment),
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
    return typeof answer === "string" ? answer : "taken";
  };

  test("types, sizes by type, names and room are those of the rules, and each refusal is a sentence", async () => {
    expect(await create("a.png", 1000, "image/png")).toBe("taken");
    expect(await create("a.png", 1001, "image/png")).toBe("body_too_large: The file is larger than 1000 bytes.");
    expect(await create("a.txt", 51, "text/plain; charset=utf-8")).toBe("body_too_large: The file is larger than 50 bytes.");
    expect(await create("a.zip", 10, "application/zip")).toBe("unsupported_media_type: Files of the type application/zip are not taken.");
    expect(await create("", 10, "text/plain")).toStartWith("invalid_request: A file needs a name");
    expect(await create("a.txt", 0, "text/plain")).toBe("invalid_request: The file is empty.");
    for (let i = 0; i < 4; i++) await create("a.png", 1000, "image/png");
    expect(await create("a.png", 1, "image/png")).toStartWith("quota_exceeded: There is no room for more files");
    expect(await create("a.png", 1, "image/png", "mallory")).toBe("taken");
  });

  test("the room of a user is enough for all that come at once, or they are refused", async () => {
    const add = () => strict.files.add({ name: "a.png", type: "image/png", chunks: (async function* () { yield PNG.slice(); })() }, { userId: "tom" } as never);
    for (let i = 0; i < 70; i++) await add();
    await Promise.allSettled(Array.from({ length: 20 }, add));
    expect(await strict.store.attachmentBytes({ userId: "tom" } as never)).toBeLessThanOrEqual(5000);
    const announced = await Promise.all(Array.from({ length: 20 }, () => create("a.png", 1000, "image/png", "kim")));
    expect(announced.filter((one) => one === "taken")).toHaveLength(5);
  });

  test.each(["image/*", "image/png\0", "text/plain\r\nx: y", "text/plain; a=\u00fc", "text", "/", "a/b/c"])("CWE-93: %j is the type of no file", async (type) => {
    expect(await create("a", 10, type)).toStartWith("unsupported_media_type");
  });

  test("what a client does not know is taken when its bytes are of a type that is", async () => {
    const as = { authorization: "Bearer zoe" };
    const send = (data: Uint8Array<ArrayBuffer>) => {
      const body = new FormData();
      body.append("file", new Blob([data]), "unknown");
      return fetch(`${strict.url}/chatkit/attachments`, { method: "POST", headers: as, body });
    };
    expect(await (await send(PNG)).json()).toMatchObject({ type: "image", mime_type: "image/png" });
    expect((await send(PDF)).status).toBe(415);
    expect((await send(text("x".repeat(51)))).status).toBe(413);
  });

  test("a message takes so many files", async () => {
    const ids = await Promise.all(["a", "b", "c"].map(async (name) => {
      const stored = await strict.files.add({ name, type: "text/plain", chunks: (async function* () { yield text(name); })() }, { userId: "sam" } as never);
      return stored.id;
    }));
    const send = (attachments: string[]) =>
      fetch(`${strict.url}/chatkit`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer sam" },
        body: JSON.stringify({ type: "threads.create", params: { input: { content: [], attachments, inference_options: {} } } }),
      }).then((answer) => answer.text());
    expect(await send(ids)).toContain("A message takes at most 2 files.");
    expect(await send(ids.slice(1))).toContain("Hello.");
  });
});

test("a server without files says how to have some", async () => {
  const { post, app } = testApp();
  const body = new FormData();
  body.append("file", new Blob([new Uint8Array(2_000_000)]), "a.bin");
  const form = () => app.request("/chatkit/attachments", { method: "POST", body });
  for (const answer of [await post({ type: "attachments.create", params: { name: "a", size: 1, mime_type: "text/plain" } }), await form()]) {
    expect(await errorOf(answer)).toMatchObject({ status: 501, message: expect.stringContaining("CHATKIT_ATTACHMENTS") });
  }
  const { app: own } = testApp();
  own.post("/chatkit/attachments", (c) => c.text("mine"));
  expect(await (await own.request("/chatkit/attachments", { method: "POST", body: "x" })).text()).toBe("mine");
});

test("an attachment that is deleted while it is uploaded leaves no bytes", async () => {
  const created = await server.create("gone.txt", 1_000_000, "text/plain");
  let pulls = 0;
  const body = new ReadableStream({
    async pull(controller) {
      controller.enqueue(text("x".repeat(500_000)));
      if (++pulls === 2) return controller.close();
      await (await server.ask("attachments.delete", { attachment_id: created.id })).json();
    },
  });
  expect((await server.put(created, body)).status).toBe(404);
  await until(async () => ((await keysOf(server)).includes(created.id) ? undefined : true));
});
