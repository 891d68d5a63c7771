import { isRecord, type Json } from "../../protocol/json/values.ts";

/** The fields of a request that hold what people, tools and the model have said or sent. */
const SAID = ["input", "messages", "content", "text", "output", "arguments", "summary", "refusal", "reasoning_content"];
const SENT = ["image_url", "url", "file", "file_url", "file_data", "filename", "input_audio", "data"];
const FIELDS = [...SAID, ...SENT];
/** What the `openai` package copies from the body: names, where a server keeps to the form. */
const NAMES = ["code", "type", "param"];
/** What the code or the type of an error is with the servers in use: it stays, also in a conversation about that. */
const CODES = new Set(
  `api_error authentication_error bad_request billing_hard_limit_reached billing_not_active content_filter content_policy_violation context_length_exceeded
  engine_overloaded exceed_context_size_error insufficient_quota internal_error internal_server_error invalid_api_key invalid_argument invalid_prompt invalid_request
  invalid_request_error invalid_value missing_required_parameter model_max_prompt_tokens_exceeded model_not_found not_found not_found_error overloaded_error
  permission_denied permission_error rate_limit_error rate_limit_exceeded requests resource_exhausted server_error service_unavailable string_above_max_length
  timeout_error tokens unauthenticated unavailable unknown_parameter unsupported_parameter unsupported_value`.split(/\s+/),
);
/** So many letters in a row an error shares with the conversation only when it quotes that. */
const PIECE = 16;
/** A text of fewer bytes than this is a word that any error may have. */
const SHORTEST = 6;
/** What is looked at, in characters: of the error, of one text, and of all texts. */
const [MAX_MESSAGE, MAX_TEXT, MAX_SAID] = [8 * 1024, 64 * 1024, 256 * 1024];

/**
 * Takes out of an error of a model server what that quotes of the conversation, since errors are logged and conversations are not. Only
 * letters and digits are compared, without their case: servers quote JSON within JSON, URL-encoded and the like. Every run of 16 that both
 * have is found, and every shorter text of its own from six on. The error is changed in place.
 */
export function takeOutQuotes(error: unknown, request: Json): void {
  if (!(error instanceof Error)) return;
  const { message } = error;
  const texts = textsIn(request, "messages" in request ? request["messages"] : request["input"]);
  const safe = withoutQuotes(message.slice(0, MAX_MESSAGE), texts);
  if (safe !== message) {
    error.message = safe;
    if (error.stack) error.stack = error.stack.replace(message, () => safe);
    // What the `openai` package keeps of the body says the same in its own fields.
    if ("error" in error) error.error = { message: safe };
  }
  for (const name of NAMES) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "string" && !CODES.has(value.toLowerCase())) Reflect.set(error, name, withoutQuotes(value.slice(0, MAX_MESSAGE), texts));
  }
}

/** The time it takes grows with the lengths, and not with their product: else a message of one letter, repeated, could hold the process for seconds. */
function withoutQuotes(message: string, texts: string[]): string {
  const heard = tracedLetters(message);
  const shared = new Map<number, { heard: Set<string>; said: Set<string> }>();
  for (const text of texts) {
    const said = lettersOf(text);
    if (Buffer.byteLength(said) < SHORTEST) continue;
    const size = Math.min(said.length, PIECE);
    const pieces = shared.get(size) ?? { heard: new Set(piecesOf(heard.text, size)), said: new Set() };
    shared.set(size, pieces);
    for (const piece of piecesOf(said, size)) if (pieces.heard.has(piece)) pieces.said.add(piece);
  }
  const quoted = new Uint8Array(message.length);
  for (const [size, { said }] of shared) {
    if (said.size === 0) continue;
    let at = 0;
    for (const piece of piecesOf(heard.text, size)) {
      if (said.has(piece)) quoted.fill(1, heard.from[at], heard.to[at + size - 1]);
      at++;
    }
  }
  return message.replace(/[^]/g, (char, at: number) => (!quoted[at] ? char : quoted[at - 1] ? "" : "…"));
}

function* piecesOf(letters: string, size: number): Generator<string> {
  for (let at = 0; at + size <= letters.length; at++) yield letters.slice(at, at + size);
}

/**
 * `%41`, `%2541` and `\x41`; `\n`, `\u0041`, and any row of backslashes, as in JSON within JSON; `&amp;` and `&#65;`. A row is taken whole
 * in any case, so that a long one is not read again from each of its places.
 */
const ESCAPES = /(?:(?:%(?:25)*|\\+x)[0-9a-f]{2})+|\\+(?:u[0-9a-f]{4}|[bfnrtv])?|&(?:amp;)*(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});/gi;
const NO_LETTERS = /[^\p{L}\p{N}\p{So}]+/gu;
/** Escapes within escapes of another kind need a pass for each. */
const STEPS: [RegExp, (found: string) => string][] = [...Array(3).fill([ESCAPES, meaningOf]), [NO_LETTERS, () => ""]];

function lettersOf(text: string): string {
  return STEPS.reduce((letters, [pattern, by]) => letters.replace(pattern, by), text.toUpperCase());
}

/** A text, and from where to where in the message each of its characters stood. */
type Traced = { text: string; from: number[]; to: number[] };

function tracedLetters(message: string): Traced {
  const traced: Traced = { text: "", from: [], to: [] };
  let at = 0;
  for (const char of message) add(traced, char.toUpperCase(), at, (at += char.length));
  return STEPS.reduce((letters, [pattern, by]) => replaced(letters, pattern, by), traced);
}

function add(traced: Traced, text: string, from: number, to: number): void {
  traced.text += text;
  for (let unit = 0; unit < text.length; unit++) {
    traced.from.push(from);
    traced.to.push(to);
  }
}

function replaced({ text, from, to }: Traced, pattern: RegExp, by: (found: string) => string): Traced {
  const next: Traced = { text: "", from: [], to: [] };
  let last = 0;
  const keepUntil = (end: number) => {
    for (; last < end; last++) add(next, text[last]!, from[last]!, to[last]!);
  };
  for (const { 0: found, index } of text.matchAll(pattern)) {
    keepUntil(index);
    last += found.length;
    add(next, by(found), from[index]!, to[last - 1]!);
  }
  keepUntil(text.length);
  return next;
}

/** What an escape stands for; nothing when that is no letter. */
function meaningOf(escape: string): string {
  const code = /^\\+u(.{4})$/i.exec(escape)?.[1] ?? /^&(?:amp;)*#x(.+);$/i.exec(escape)?.[1];
  const decimal = /^&(?:amp;)*#(\d+);$/i.exec(escape)?.[1];
  if (code ?? decimal) return characterOf(code ? Number.parseInt(code, 16) : Number(decimal));
  if (!/^%|^\\+x/i.test(escape)) return "";
  const bytes = escape.replace(/%(?:25)*(?=[0-9a-f]{2})|\\+x/gi, "");
  return Buffer.from(bytes, "hex").toString().toUpperCase();
}

function characterOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code).toUpperCase() : "";
}

/** All that was said in a request, the latest first. */
function textsIn(request: Json, said: unknown): string[] {
  const texts: string[] = [];
  let left = MAX_SAID;
  const walk = (value: unknown): void => {
    if (left <= 0) return;
    if (typeof value === "string") {
      const text = value.slice(0, Math.min(left, MAX_TEXT));
      texts.push(text);
      left -= text.length;
    } else if (Array.isArray(value)) value.toReversed().forEach(walk);
    else if (isRecord(value)) {
      for (const field of FIELDS) walk(value[field]);
      for (const call of Array.isArray(value["tool_calls"]) ? value["tool_calls"] : []) if (isRecord(call)) walk(call["function"]);
    }
  };
  walk(said ?? request);
  return texts;
}
