import { createApp, type AppOptions } from "../../src/http/app.ts";
import { Scripted, ports, recordingLogger, userInput, type Logged, type Respond } from "./chat.ts";
import { assistantMessage } from "../../src/server/builders.ts";

/** An app around a scripted server, asked in process. */
export function testApp(options: AppOptions & { answer?: Respond } = {}) {
  const logger = recordingLogger();
  const { answer = hello, ...rest } = options;
  const server = new Scripted(answer, ports(undefined, logger));
  const app = createApp(server, rest);
  const post = (body: BodyLike, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json", ...headers }, body: bodyOf(body), ...init });
  return { app, server, logger, lines: logger.lines as Logged[], post };
}

type BodyLike = object | string;
const bodyOf = (body: BodyLike) =>
  typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream ? body : JSON.stringify(body);

async function* hello() {
  yield assistantMessage("Hello.");
}

export const LIST_THREADS = { type: "threads.list", params: {} };
export const createThreadBody = (text = "hi") => ({ type: "threads.create", params: { input: userInput(text) } });

export type ErrorBody = { message: string; error: { code: string; message: string; request_id: string } };
export const errorOf = async (response: Response): Promise<ErrorBody["error"] & { status: number }> => {
  const body = (await response.json()) as ErrorBody;
  return { ...body.error, status: response.status };
};
