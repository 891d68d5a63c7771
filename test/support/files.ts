import { MemoryBytes } from "../../src/attachments/memory.ts";
import { StoredAttachments } from "../../src/attachments/stored-attachments.ts";
import type { ByteStore } from "../../src/attachments/byte-store.ts";
import type { ModelFiles } from "../../src/attachments/model-files.ts";
import type { UploadRules } from "../../src/attachments/upload-rules.ts";
import { createApp, type AppOptions } from "../../src/http/app.ts";
import type { Attachment } from "../../src/protocol/attachments.ts";
import type { ChatKitServer, Ports } from "../../src/server/chatkit-server.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { assistantMessage } from "../../src/server/builders.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { ports, recordingLogger, Scripted, userInput, type Respond } from "./chat.ts";

export const PNG = Uint8Array.fromBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
export const PDF = new TextEncoder().encode("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n");

type Options = AppOptions & {
  modelFiles?: ModelFiles;
  isDirect?: boolean;
  serverOf?: (ports: Ports) => ChatKitServer; rules?: Partial<UploadRules>; bytes?: ByteStore; answer?: Respond; now?: () => number; store?: MemoryStore<RequestContext> };

async function* hello() {
  yield assistantMessage("Hello.");
}

/** A server over HTTP that takes files, and a client of it. Everything is in memory unless said otherwise. */
export function fileServer({ rules, bytes = new MemoryBytes(), answer = hello, now, modelFiles, isDirect = false, serverOf, store = new MemoryStore(), ...app }: Options = {}) {
  const logger = recordingLogger();
  const listening = Promise.withResolvers<(request: Request, server: object) => Response | Promise<Response>>();
  const http = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    maxRequestBodySize: 256 * 1024 ** 2,
    fetch: async (request, server) => (await listening.promise)(request, server),
  });
  const url = http.url.origin;
  const files = new StoredAttachments<RequestContext>({ store, bytes, publicUrl: url, modelFiles, isDirect, ...(rules && { rules }), ...(now && { now }) });
  const given = { ...ports(store, logger), attachmentStore: files };
  const server = serverOf?.(given) ?? new Scripted(answer, given);
  listening.resolve(createApp(server, { logger, publicUrl: url, ...app }).fetch);
  return { url, store, bytes, files, server, lines: logger.lines, ...fileClient(url), stop: () => http.stop(true) };
}

/** What a page does with files. */
export function fileClient(url: string, identity: (user: string) => Record<string, string> = (user) => ({ "x-user-id": user })) {
  const ask = (type: string, params: object, user = "ada") =>
    fetch(`${url}/chatkit`, {
      method: "POST",
      headers: { "content-type": "application/json", ...identity(user) },
      body: JSON.stringify({ type, params }),
    });
  const create = async (name: string, size: number, mime_type: string, user?: string) =>
    (await (await ask("attachments.create", { name, size, mime_type }, user)).json()) as Attachment;
  const put = ({ upload_descriptor }: Attachment, body: Uint8Array<ArrayBuffer> | ReadableStream | string, headers: Record<string, string> = {}) =>
    fetch(upload_descriptor!.url, { method: upload_descriptor!.method, headers: { ...upload_descriptor!.headers, ...headers }, body });
  const form = (file: Blob | string, name: string, user = "ada", field = "file") => {
    const body = new FormData();
    body.append(field, file as Blob, name);
    return fetch(`${url}/chatkit/attachments`, { method: "POST", headers: identity(user), body });
  };
  const send = (attachments: string[], user?: string) => ask("threads.create", { input: userInput("hi", { attachments }) }, user);
  /** Announced, uploaded, and as the server then describes it. */
  const uploaded = async (name: string, type: string, data: Uint8Array<ArrayBuffer>, user?: string): Promise<Attachment> => {
    const response = await put(await create(name, data.byteLength, type, user), data);
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as Attachment;
  };
  return { ask, create, put, form, send, uploaded };
}
