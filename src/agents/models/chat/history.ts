import { isJson, isRecord, type Json } from "../../../protocol/json/values.ts";
import { CALL_FIELDS, MESSAGE_FIELDS } from "./fields.ts";

/**
 * The messages of a request in a form that every chat completions server accepts. The templates of local models need one system message
 * at the start, user and assistant in turn, and texts as strings. OpenAI accepts that, too.
 */
export function shapedMessages(messages: readonly unknown[]): Json[] {
  const given = messages.filter(isRecord);
  const system = given
    .filter(isSystem)
    .map((message) => message["content"])
    .filter((content) => !isBlank(content));
  const shaped: Json[] = [];
  for (const message of given) {
    if (isSystem(message)) continue;
    const next = message["role"] === "assistant" ? assistantMessage(message) : { ...message, content: contentOf(message["content"]) };
    if (next) append(shaped, next);
  }
  if (shaped[0]?.["role"] === "assistant") shaped.unshift({ role: "user", content: BEGINNING });
  return system.length > 0 ? [{ role: "system", content: joined(system) }, ...shaped] : shaped;
}

/** Stands for the question when the history begins with an answer, such as a greeting, or is the end of a long conversation. */
const BEGINNING = "(The conversation begins here.)";
/** Stands for the answer after a tool's output, when none was given. */
const NO_ANSWER = "(No answer was given.)";

function append(shaped: Json[], next: Json): void {
  const last = shaped.at(-1);
  if (last && last["role"] === next["role"] && last["role"] !== "tool") {
    shaped[shaped.length - 1] = merged(last, next);
    return;
  }
  if (last?.["role"] === "tool" && next["role"] === "user") shaped.push({ role: "assistant", content: NO_ANSWER });
  shaped.push(next);
}

function isSystem({ role }: Json): boolean {
  return role === "system" || role === "developer";
}

/** Joins two neighbouring messages of the same role. */
function merged(first: Json, second: Json): Json {
  const contents = [first["content"], second["content"]].filter((content) => !isBlank(content));
  const calls = [...listOf(first["tool_calls"]), ...listOf(second["tool_calls"])];
  const content = contents.length > 0 ? joined(contents) : null;
  return { ...first, ...second, content, ...(calls.length > 0 && { tool_calls: calls }) };
}

/** Joins contents: texts to one string, or to a list of parts when there is an image or a file. */
function joined(contents: unknown[]): unknown {
  if (contents.every((content) => typeof content === "string")) return contents.join("\n\n");
  return contents.flatMap((content) => (typeof content === "string" ? [{ type: "text", text: content }] : listOf(content)));
}

/** An assistant message; undefined when it is empty, which servers refuse. */
function assistantMessage(message: Json): Json | undefined {
  const calls = listOf(message["tool_calls"]).filter(isRecord);
  const { tool_calls: _, ...rest } = message;
  const content = assistantText(message["content"]);
  if (calls.length === 0)
    return content === "" && !message["audio"] ? undefined : { ...without(rest, [...CALL_FIELDS, ...MESSAGE_FIELDS]), content };
  // The SDK puts the fields of a call on the message, too, and those of the message on its calls.
  return { ...without(rest, CALL_FIELDS), content: content || null, tool_calls: calls.map(callOf) };
}

/** A tool call with arguments that are JSON. A model may have written other text, and servers would refuse the whole request for it. */
function callOf(call: Json): Json {
  const fn = isRecord(call["function"]) ? call["function"] : {};
  const args = typeof fn["arguments"] === "string" ? fn["arguments"] : "";
  const valid = isJson(args) ? args : JSON.stringify(args.trim() === "" ? {} : { invalid_json: args });
  return { ...without(call, MESSAGE_FIELDS), function: { ...fn, arguments: valid } };
}

function assistantText(content: unknown): string {
  if (typeof content === "string") return content.trim() === "" ? "" : content;
  const texts = listOf(content)
    .filter(isRecord)
    .map((part) => part["text"] ?? part["refusal"]);
  return texts.filter((text) => !isBlank(text)).join("\n");
}

function contentOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  const parts = content.filter((part) => !(isRecord(part) && part["type"] === "text" && part["text"] === ""));
  // A part with further fields, such as a mark for caching, stays a part.
  const isText = parts.every((part) => isRecord(part) && part["type"] === "text" && Object.keys(part).length === 2);
  return isText ? parts.map((part: Json) => part["text"]).join("\n") : parts;
}

function isBlank(content: unknown): boolean {
  return content === null || content === undefined || content === "" || (Array.isArray(content) && content.length === 0);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function without(from: Json, fields: string[]): Json {
  return Object.fromEntries(Object.entries(from).filter(([field]) => !fields.includes(field)));
}
