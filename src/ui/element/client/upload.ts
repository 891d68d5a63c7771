import type { Attachment, FileUploadStrategy } from "@openai/chatkit";
import type { Attachment as Created } from "../../../protocol/attachments.ts";
import type { Connection } from "./connection.ts";
import { refusalOf, RequestFailed } from "./request-failed.ts";

/** @param part from 0 to 1 */
type OnProgress = (part: number) => void;

/** Uploads a file in the way that the page's options name. @throws RequestFailed, DOMException `AbortError` */
export async function upload(connection: Connection, strategy: FileUploadStrategy, file: File, onProgress: OnProgress, signal: AbortSignal): Promise<Attachment> {
  if (strategy.type === "direct") return direct(connection, strategy.uploadUrl, file, signal);
  const facts = { name: file.name, size: file.size, mime_type: file.type || "application/octet-stream" };
  const { upload_descriptor: descriptor, ...created } = await connection.ask<Created>("attachments.create", facts, signal);
  if (descriptor) await send(descriptor, file, onProgress, signal);
  return created as Attachment;
}

/** One request with the bytes as a form's `file`; the answer is the attachment. */
async function direct(connection: Connection, url: string, file: File, signal: AbortSignal): Promise<Attachment> {
  const body = new FormData();
  body.append("file", file, file.name);
  const response = await connection.fetch(new URL(url, document.baseURI).href, { method: "POST", body, signal });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Attachment;
}

/**
 * Sends the bytes to the address that the server has signed. With XMLHttpRequest, since `fetch` does not report the progress of an upload.
 */
function send({ url, method, headers }: NonNullable<Created["upload_descriptor"]>, file: File, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
  const request = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = () => reject(new RequestFailed("The file could not be uploaded.", request.status));
  request.open(method, url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
  request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : fail());
  request.onerror = fail;
  signal.addEventListener("abort", () => (request.abort(), reject(signal.reason)), { once: true });
  request.send(file);
  return promise;
}
