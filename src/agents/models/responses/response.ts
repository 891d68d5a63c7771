import { isRecord, type Json } from "../../../protocol/json/values.ts";
import { noAnswer } from "../server-error.ts";
import type { ResponsesEvent } from "./message.ts";

/** The response that OpenAI would have sent, made from the events of an answer. @throws APIError when there is none */
export function responseOf(events: readonly ResponsesEvent[]): Json {
  const response = events.at(-1)?.["response"];
  if (!isRecord(response)) throw noAnswer("an end without a response");
  return response;
}
