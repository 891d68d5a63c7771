/**
 * What a scripted model says. A test writes `[[fake:{"turns": [[{"text": "hi"}], …]}]]` into the user's text: one list for each call
 * of the model within that turn, in it the output items of that call. The newest user message with a script counts; which call
 * this is, is told by the tool outputs that follow it. `after: {TOOL: turns}` takes over behind the last output of that tool.
 */
export type OutputSpec =
  | { text?: string; deltas?: number; annotations?: object[]; refusal?: string; parts?: PartSpec[] }
  | { tool: string; args?: object | string }
  | { reasoning: string[] }
  | { reasoning_text: string }
  | { image: { id?: string; partials?: number; result?: string | null; /** Makes a PNG of that size. */ bytes?: number } }
  | { web_search: string }
  | { file_search: string[] }
  /** One event as it is, and an item that only the finished response names. */
  | { raw: { type: string } & Record<string, unknown>; output?: object }
  | { sleep: number }
  | Ending;
export type PartSpec = { text?: string; deltas?: number; annotations?: object[]; refusal?: string };
/** What ends a response early: an HTTP error, `response.failed`, an `error` event, `response.incomplete`, a lost connection, silence. */
export type Ending =
  | { http_error: { status: number; message?: string; code?: string } }
  | { failed: { code?: string; message?: string } }
  | { error_event: { code?: string; message?: string } }
  | { incomplete: string }
  | { abort: true }
  | { hang: true };

/** `delay` is milliseconds between two deltas. */
export type Script = {
  turns?: OutputSpec[][];
  after?: Record<string, OutputSpec[][]>;
  when?: Record<string, OutputSpec[][]>;
  delay?: number;
};

type InputItem = Record<string, any>; // whatever the client posts
export type ModelRequestBody = { stream?: boolean; input?: string | InputItem[]; messages?: InputItem[]; [field: string]: unknown };

/** What the model server of the recorded transcripts says unasked. */
const DEFAULT_TEXT = "the quick brown fox jumps over the lazy";

/** The output of the call that this request is, and the pace of it. */
export function scripted(body: ModelRequestBody): { specs: OutputSpec[]; delayMs: number } {
  const input = typeof body.input === "string" ? [{ role: "user", content: body.input }] : (body.input ?? body.messages ?? []);
  const asked = input.findLastIndex((item) => item["role"] === "user" && scriptIn(item) !== undefined);
  const system = input.find((item) => item["role"] === "system")?.["content"] as unknown;
  const script = forAgent(asked < 0 ? undefined : scriptIn(input[asked]!), body["instructions"] ?? system);
  const from = asked < 0 ? input.findLastIndex((item) => item["role"] === "user") : asked;
  const { turns, start } = taken(script, input, from);
  const calls = input.slice(start + 1).filter((item) => OUTPUTS.has(item["type"]) || item["role"] === "tool").length;
  const specs = turns?.[Math.min(calls, turns.length - 1)] ?? [{ text: body.stream ? DEFAULT_TEXT : "Generated title" }];
  return { specs, delayMs: script?.delay ?? 0 };
}

const OUTPUTS = new Set<unknown>(["function_call_output", "mcp_approval_response"]);

function forAgent(script: Script | undefined, instructions: unknown): Script | undefined {
  const own = Object.entries(script?.when ?? {}).find(([phrase]) => typeof instructions === "string" && instructions.includes(phrase));
  return own ? { turns: own[1] } : script;
}

function taken(script: Script | undefined, input: InputItem[], from: number): { turns: OutputSpec[][] | undefined; start: number } {
  const names = new Map(input.filter((item) => item["type"] === "function_call").map((item) => [item["call_id"], item["name"]]));
  const turnsAfter = (item: InputItem) => {
    return item["type"] === "function_call_output" ? script?.after?.[names.get(item["call_id"])] : undefined;
  };
  const start = input.findLastIndex((item, i) => i > from && turnsAfter(item) !== undefined);
  if (start < 0) return { turns: script?.turns, start: from };
  return { turns: turnsAfter(input[start]!), start };
}

function scriptIn(item: InputItem): Script | undefined {
  const content = item["content"];
  const text = typeof content === "string" ? content : (content as InputItem[]).map((part) => part["text"] ?? "").join("\n");
  const json = /\[\[fake:(.*)\]\]/s.exec(text)?.[1];
  return json === undefined ? undefined : (JSON.parse(json) as Script);
}

/** A text as the deltas it comes in: words, or so many pieces. */
export function pieces(text: string, count?: number): string[] {
  if (count === undefined) return text.match(/\S+\s*|\s+/g) ?? [""];
  const characters = [...text];
  const size = Math.max(1, Math.ceil(characters.length / count));
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) => characters.slice(i * size, (i + 1) * size).join(""));
}

export function isEnding(spec: OutputSpec): spec is Ending {
  return ["http_error", "failed", "error_event", "incomplete", "abort", "hang"].some((key) => key in spec);
}
