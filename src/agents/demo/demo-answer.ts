import type { AgentInputItem, ModelRequest, SerializedTool } from "@openai/agents";

/** The demo model's answer to a request: a text, or the call of one tool. */
export type DemoAnswer = { text: string } | { call: { name: string; arguments: string } };

type FunctionTool = Extract<SerializedTool, { type: "function" }>;
type Topic = { asked: RegExp; fits: RegExp };

const TOPICS: readonly Topic[] = [
  { asked: /\b(weather|forecast|temperature|how (warm|cold|hot))\b/i, fits: /weather|forecast|temperature/i },
  { asked: /\b(what time|the time|time is it|clock|what day|which day|what date|today's date|the date)\b/i, fits: /time|clock|date/i },
];
const QUOTED_LENGTH = 200;
const NOTE = "I am the demo model: I run offline and answer from a script. Set OPENAI_API_KEY to talk to a real one.";

/** Makes the answer; the same request always gets the same one. */
export function demoAnswer(request: ModelRequest): DemoAnswer {
  const items = typeof request.input === "string" ? [] : request.input;
  const text = typeof request.input === "string" ? request.input : lastUserText(items);
  const outputs = toolOutputs(items);
  if (outputs.length > 0) return { text: `${outputs.join("\n")}\n\n${NOTE}` };
  if (typeof request.outputType === "object") return { text: JSON.stringify(exampleOf(request.outputType.schema, text)) };
  const tools = request.tools.filter((tool) => tool.type === "function");
  const tool = request.modelSettings.toolChoice === "none" ? undefined : fittingTool(tools, text);
  if (tool) return { call: { name: tool.name, arguments: JSON.stringify(exampleOf(tool.parameters, text)) } };
  return { text: greeting(text, tools) };
}

function greeting(text: string, tools: FunctionTool[]): string {
  const said = text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
  const known = TOPICS.some((topic) => tools.some((tool) => topic.fits.test(tool.name)));
  const hint = known ? " Ask me for the time, or for the weather in a city, to see a tool at work." : "";
  return `${said === "" ? "Hello!" : `You said: ${said}`}\n\n${NOTE}${hint}`;
}

/** The tool that the text asks for: by its topic, or by all words of its name ("search the database …" calls `search_database`). */
function fittingTool(tools: FunctionTool[], text: string): FunctionTool | undefined {
  for (const topic of TOPICS) {
    const tool = topic.asked.test(text) ? tools.find((candidate) => topic.fits.test(candidate.name)) : undefined;
    if (tool) return tool;
  }
  const said = new Set(wordsOf(text));
  return tools.find((tool) => wordsOf(tool.name).every((word) => said.has(word)));
}

function wordsOf(text: string): string[] {
  return text.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function lastUserText(items: AgentInputItem[]): string {
  const message = items.findLast((item) => "role" in item && item.role === "user");
  if (!message || !("content" in message)) return "";
  if (typeof message.content === "string") return message.content;
  return message.content.flatMap((part) => ("text" in part && typeof part.text === "string" ? [part.text] : [])).join("\n");
}

/** The tool outputs after the last message: those that a model would now put into words. */
function toolOutputs(items: AgentInputItem[]): string[] {
  const newest = items.slice(items.findLastIndex((item) => "role" in item) + 1);
  return newest.flatMap((item) => (item.type === "function_call_result" ? [outputText(item.output)] : []));
}

function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  if (Array.isArray(output)) return output.map(outputText).join("\n");
  if (typeof output === "object" && output !== null && "text" in output && typeof output.text === "string") return output.text;
  return JSON.stringify(output);
}

type JsonSchema = {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
};

/** A small value that fits a JSON schema; for places and free text it takes words of the user. */
function exampleOf(given: unknown, said: string, name = ""): unknown {
  const schema = given as JsonSchema;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.anyOf?.some((choice) => choice.type === "null")) return null;
  if (schema.anyOf?.[0]) return exampleOf(schema.anyOf[0], said, name);
  if (Array.isArray(schema.type) && schema.type.includes("null")) return null;
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "string") return /city|location|place|town|country/i.test(name) ? placeIn(said) : said;
  if (type === "number" || type === "integer") return Number(/\d+/.exec(said)?.[0] ?? 0);
  if (type === "boolean") return false;
  if (type === "array") return [];
  const { properties = {}, required = [] } = schema;
  return Object.fromEntries(required.map((key) => [key, exampleOf(properties[key] ?? {}, said, key)]));
}

function placeIn(said: string): string {
  return /\b(?:in|at|for)\s+((?:\p{Lu}[\p{L}'-]*\s?)+)/u.exec(said)?.[1]?.trim() ?? "Paris";
}
