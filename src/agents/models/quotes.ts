import { isRecord, type Json } from "../../protocol/json-values.ts";

/** The fields of a request that hold what people, tools and the model have said. */
const SAID = ["input", "messages", "content", "text", "output", "arguments", "summary", "refusal", "reasoning_content"];
/** Runs of words that an error may share with the conversation by chance are shorter. */
const [PIECE, SHORTEST] = [12, 8];
/** What is looked at of each: a server that quotes begins with what came last. */
const [MAX_MESSAGE, MAX_SAID] = [16 * 1024, 512 * 1024];

/**
 * Takes out of an error of a model server what that quotes of the conversation, since errors are logged and conversations are not. Every
 * run of 23 characters that both have is found, and every shorter text of its own from eight characters on. The error is changed in place.
 */
export function takeOutQuotes(error: unknown, request: Json): void {
  if (!(error instanceof Error)) return;
  const { message } = error;
  const safe = withoutQuotes(message.slice(0, MAX_MESSAGE), textsIn(request, "messages" in request ? request["messages"] : request["input"]));
  if (safe === message) return;
  error.message = safe;
  if (error.stack) error.stack = error.stack.replace(message, () => safe);
  // What the `openai` package keeps of the body says the same in its own fields.
  if ("error" in error) error.error = { message: safe };
}

function withoutQuotes(message: string, texts: string[]): string {
  const quoted = new Uint8Array(message.length);
  const places = placesOf(message);
  for (const text of texts) {
    if (text.length < PIECE * 2) mark(quoted, message, text);
    else for (let at = 0; at + PIECE <= text.length; at += PIECE) for (const place of places.get(text.slice(at, at + PIECE)) ?? []) extend(quoted, message, place, text, at);
  }
  return message.replace(/[^]/g, (char, at: number) => (!quoted[at] ? char : quoted[at - 1] ? "" : "…"));
}

/** Where each piece of the message begins. */
function placesOf(message: string): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let at = 0; at + PIECE <= message.length; at++) {
    const piece = message.slice(at, at + PIECE);
    const known = places.get(piece);
    if (known) known.push(at);
    else places.set(piece, [at]);
  }
  return places;
}

function mark(quoted: Uint8Array, message: string, text: string): void {
  if (text.length < SHORTEST) return;
  for (let at = message.indexOf(text); at >= 0; at = message.indexOf(text, at + text.length)) quoted.fill(1, at, at + text.length);
}

/** Marks all that message and text share around a place that they share. */
function extend(quoted: Uint8Array, message: string, place: number, text: string, at: number): void {
  let [from, to] = [0, PIECE];
  while (place - from > 0 && at - from > 0 && message[place - from - 1] === text[at - from - 1]) from++;
  while (place + to < message.length && at + to < text.length && message[place + to] === text[at + to]) to++;
  quoted.fill(1, place - from, place + to);
}

/** All that was said in a request, the latest first. */
function textsIn(request: Json, said: unknown): string[] {
  const texts: string[] = [];
  let left = MAX_SAID;
  const walk = (value: unknown): void => {
    if (left <= 0) return;
    if (typeof value === "string") {
      texts.push(value.slice(-left));
      left -= value.length;
    } else if (Array.isArray(value)) value.toReversed().forEach(walk);
    else if (isRecord(value)) {
      for (const field of SAID) walk(value[field]);
      for (const call of Array.isArray(value["tool_calls"]) ? value["tool_calls"] : []) if (isRecord(call)) walk(call["function"]);
    }
  };
  walk(said ?? request);
  return texts;
}
