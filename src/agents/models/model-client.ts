import OpenAI, { type APIPromise } from "openai";
import { ChatAnswer } from "./chat/answer.ts";
import { completionOf } from "./chat/completion.ts";
import { shapedMessages } from "./chat/history.ts";
import type { Dialect } from "./dialect.ts";
import { EventStream } from "./event-stream.ts";
import { isRecord, parsed, type Json } from "../../protocol/json/values.ts";
import { shapedInput } from "./responses/history.ts";
import { ResponsesAnswer } from "./responses/answer.ts";
import { responseOf } from "./responses/response.ts";
import { takeOutQuotes } from "./quotes.ts";
import { errorIn } from "./server-error.ts";
import { noteTooLong } from "./too-long.ts";
import { wholeAnswer } from "./whole-body.ts";

/** Which model answers, and where. With neither a key nor an address it is the demo model. */
export type ModelOptions = {
  apiKey?: string | undefined;
  baseURL?: string | undefined;
  /** The model of agents that name none; `demo` is the offline one. */
  model?: string | undefined;
  /** @default "responses" */
  api?: "responses" | "chat_completions" | undefined;
  /** Names of models that mean another one. */
  aliases?: Readonly<Record<string, string>> | undefined;
  /** How long to wait for the start of an answer, in milliseconds. @default 600000, since a reasoning model may think for minutes */
  timeoutMs?: number | undefined;
  /** How often to try again after 408, 409, 429, 5xx and lost connections, before anything was streamed. @default 2 */
  maxRetries?: number | undefined;
};

const TIMEOUT_MS = 600_000;
const MAX_RETRIES = 2;

/** The client that all models share. */
export function modelClient(options: ModelOptions): OpenAI {
  const { apiKey } = options;
  return new ModelClient({
    fetch: (...call: Parameters<typeof fetch>) => fetchWithReason(apiKey, ...call),
    // Local model servers need no key, but the client cannot be made without one.
    apiKey: apiKey ?? "none",
    baseURL: options.baseURL ?? null,
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    maxRetries: options.maxRetries ?? MAX_RETRIES,
  });
}

type Given = Parameters<OpenAI["post"]>[1];
type Post = <Answer>(path: string, options?: Given) => APIPromise<Answer>;

/**
 * Sends requests in a form that every model server accepts, and reads answers in any form, so that the SDK and all other users of this
 * client only see OpenAI's form.
 */
class ModelClient extends OpenAI {
  override post<Answer>(path: string, options?: Given): APIPromise<Answer> {
    return asked((...given) => super.post(...given), path, options);
  }
}

const inDialects = new WeakMap<OpenAI, OpenAI>();

/** The same for a client that somebody else has made: another view of it, for models. The client itself stays as it is. */
export function inDialect(client: OpenAI): OpenAI {
  if (client instanceof ModelClient) return client;
  const known = inDialects.get(client);
  if (known) return known;
  const post: Post = (path, options) => asked((...given) => client.post(...given), path, options);
  const parts: Record<PropertyKey, unknown> = { post };
  const view = new Proxy(client, {
    get(target, name) {
      if (Object.hasOwn(parts, name)) return parts[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  parts["chat"] = new OpenAI.Chat(view);
  parts["responses"] = new OpenAI.Responses(view);
  inDialects.set(client, view);
  inDialects.set(view, view);
  return view;
}

function asked<Answer>(post: Post, path: string, options: Given): APIPromise<Answer> {
  if (path === "/chat/completions") return ask(post, path, options, (body) => new ChatAnswer(usedIds(body["messages"])), completionOf);
  if (path === "/responses") return ask(post, path, options, (body) => new ResponsesAnswer(usedIds(body["input"])), responseOf);
  return post(path, options);
}

function ask<Event, Answer>(
  post: Post,
  path: string,
  options: Given,
  dialectFor: (body: Json) => Dialect<Event>,
  whole: (events: Event[]) => Json,
): APIPromise<Answer> {
  let dialect: Dialect<Event>;
  let body: Json = {};
  const failed = (error: unknown) => {
    noteTooLong(error);
    takeOutQuotes(error, body);
  };
  const shaped = Promise.resolve(options).then((given) => {
    body = shapedBody(given?.body);
    dialect = dialectFor(body);
    return { ...given, body, __streamClass: EventStream.inDialect(dialect as Dialect<unknown>, failed) };
  });
  const answer = post<unknown>(path, shaped);
  // All that a caller may make of this promise fails with its refusal; who was here first sees that first.
  answer["responsePromise"].catch(failed);
  return answer._thenUnwrap((given) => {
    if (given instanceof EventStream) return given;
    try {
      return whole(wholeAnswer(given, dialect));
    } catch (error) {
      failed(error);
      throw error;
    }
  }) as APIPromise<Answer>;
}

function shapedBody(given: unknown): Json {
  const body = isRecord(given) ? given : {};
  if (Array.isArray(body["messages"])) return { ...body, messages: shapedMessages(body["messages"]) };
  return Array.isArray(body["input"]) ? { ...body, input: shapedInput(body["input"]) } : body;
}

/** The ids of the tool calls in a request. */
function usedIds(history: unknown): Set<string> {
  const items = (Array.isArray(history) ? history : []).filter(isRecord);
  const calls = items.flatMap((item) => (Array.isArray(item["tool_calls"]) ? item["tool_calls"] : [item]) as Json[]);
  return new Set(calls.map((call) => call["call_id"] ?? call["id"]).filter((id) => typeof id === "string"));
}

/**
 * `fetch`, whose refusals have the form from which the `openai` package reads the reason. The key is taken out of them: a server that
 * refuses it may quote it, and the reason is logged.
 */
async function fetchWithReason(secret: string | undefined, ...call: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...call);
  if (response.ok) return response;
  const text = await response.text();
  const safe = secret === undefined ? text : text.replaceAll(secret, "[redacted]");
  const reason = errorIn(parsed(safe))?.error;
  const { status, statusText, headers } = response;
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(reason ? JSON.stringify({ error: reason }) : withoutMarkup(safe), { status, statusText, headers });
}

/** The readable text of an HTML page. */
function withoutMarkup(text: string): string {
  if (!/^\s*</.test(text)) return text;
  return text
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);
}
