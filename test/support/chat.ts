import { ChatKitServer, type Ports } from "../../src/server/chatkit-server.ts";
import type { Logger, RequestContext } from "../../src/server/context.ts";
import { NonStreamingResult, StreamingResult } from "../../src/server/result.ts";
import type { SentEvent, ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { ThreadItem, UserMessageItem } from "../../src/protocol/items.ts";
import type { Page, Thread, ThreadMetadata } from "../../src/protocol/thread.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Store } from "../../src/store/store.ts";

/** Talking to a server in process, as an HTTP app would, and as a client would read it. */

export type Logged = { level: keyof Logger; fields: object; message: string | undefined };

export function recordingLogger(): Logger & { lines: Logged[] } {
  const lines: Logged[] = [];
  const at = (level: keyof Logger) => (fields: object, message?: string) => void lines.push({ level, fields, message });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export type Asker = RequestContext & { leave(): void; work: Promise<unknown>[] };

/** A request's context; `leave()` is the client closing its connection. */
export function asker(userId = "ada"): Asker {
  const controller = new AbortController();
  const work: Promise<unknown>[] = [];
  return {
    userId,
    requestId: crypto.randomUUID(),
    headers: new Headers(),
    signal: controller.signal,
    waitUntil: (promise) => void work.push(promise),
    leave: () => controller.abort(),
    work,
  };
}

export function ports(store: Store<RequestContext> = new MemoryStore(), logger: Logger = recordingLogger()): Ports {
  const unused = () => {
    throw new Error("not used here");
  };
  return { store, logger, publicUrl: "http://127.0.0.1", requestContext: unused, server: unused };
}

export type Respond = (thread: ThreadMetadata, message: UserMessageItem | null, context: RequestContext) => AsyncIterable<ThreadStreamEvent>;

/** A server whose answer is the given generator. */
export class Scripted extends ChatKitServer {
  constructor(
    readonly answer: Respond,
    with_: Ports = ports(),
  ) {
    super(with_);
  }

  override respond(...args: Parameters<Respond>): AsyncIterable<ThreadStreamEvent> {
    return this.answer(...args);
  }
}

export function userInput(text: string, more: object = {}) {
  return { content: [{ type: "input_text", text }], attachments: [], inference_options: {}, ...more };
}

/** A plain operation's answer. */
export async function ask<T = unknown>(server: ChatKitServer, type: string, params: object, context: RequestContext = asker()): Promise<T> {
  const result = await server.process(JSON.stringify({ type, params }), context);
  if (!(result instanceof NonStreamingResult)) throw new Error(`${type} answered with a stream`);
  return JSON.parse(result.json) as T;
}

/** A streaming operation's events, one by one. */
export async function* stream(server: ChatKitServer, type: string, params: object, context: RequestContext = asker()): AsyncGenerator<SentEvent> {
  const result = await server.process(JSON.stringify({ type, params }), context);
  if (!(result instanceof StreamingResult)) throw new Error(`${type} answered without a stream`);
  for await (const frame of result) {
    const data = /^data: (.*)\n\n$/s.exec(frame)?.[1];
    if (data === undefined) throw new Error(`not an SSE frame: ${frame}`);
    yield JSON.parse(data) as SentEvent;
  }
}

export async function events(...args: Parameters<typeof stream>): Promise<SentEvent[]> {
  return Array.fromAsync(stream(...args));
}

/** Creates a thread with one message; answers its id and the events. */
export async function createThread(server: ChatKitServer, text = "hi", context: RequestContext = asker()) {
  const sent = await events(server, "threads.create", { input: userInput(text) }, context);
  const first = sent[0];
  if (first?.type !== "thread.created") throw new Error(`expected thread.created, got ${JSON.stringify(first)}`);
  return { threadId: first.thread.id, events: sent };
}

/** The text of the answer to one message in a new thread. */
export async function answerOf(server: ChatKitServer, text = "hi"): Promise<string> {
  const { events } = await createThread(server, text);
  const items = events.flatMap((event) => (event.type === "thread.item.done" ? [event.item] : []));
  return textOf(items.findLast((item) => item.type === "assistant_message"));
}

export async function itemsOf(server: ChatKitServer, threadId: string, context: RequestContext = asker()): Promise<ThreadItem[]> {
  const page = await ask<Page<ThreadItem>>(server, "items.list", { thread_id: threadId, order: "asc", limit: 1000 }, context);
  return page.data;
}

export async function threadOf(server: ChatKitServer, threadId: string, context: RequestContext = asker()): Promise<Thread> {
  return ask<Thread>(server, "threads.get_by_id", { thread_id: threadId }, context);
}

export function textOf(item: ThreadItem | undefined): string {
  if (item?.type === "assistant_message") return item.content.map((part) => part.text).join("");
  if (item?.type === "user_message") return item.content.map((part) => part.text).join("");
  throw new Error(`no text in ${item?.type}`);
}
