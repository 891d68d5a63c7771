import { cut, frame, functionCall, message, raw, reset, response, results, sse, type Says } from "../../../support/odd-server.ts";
import type { Gets, Row } from "./row.ts";

type Event = { type: string; item?: object; response?: object; [field: string]: unknown };

function row(seenWith: string, name: string, says: Says, gets: Gets | string): Row {
  return { seenWith, name, says, gets: typeof gets === "string" ? { texts: [gets] } : gets };
}

const HELLO = message("m", ["Hel", "lo."]);
const ADD = functionCall("add", '{"a":1,"b":2}');
/** Calls a tool that way, and says what it found. */
const calling =
  (events: object[]): Says =>
  (asked) =>
    results(asked) ?? cut(...events);
const without = (events: object[], ...types: string[]): object[] =>
  events.filter((event) => !types.some((type) => (event as Event).type.includes(type)));
const each = (events: object[], change: (event: Event) => object): object[] => events.map((event) => change(event as Event));
const RESULT: Gets = { texts: ['RESULT ["3"]'], tasks: ["Add"] };
const thinking = (pieces: string[], type: string): object[] => [
  { type: "response.created", response: { id: "resp_1" } },
  { type: "response.output_item.added", output_index: 5, item: { type: "reasoning", id: "rs", summary: [] } },
  ...pieces.map((delta) => ({ type, item_id: "rs", output_index: 5, content_index: 0, delta })),
];
const CITATIONS = [
  null,
  { type: "url_citation", title: null },
  { type: "file_citation", filename: 3 },
  { type: "url_citation", url: "x:", end_index: 1.5 },
];
const BLANK = message("m0", ["\n\n"]);
let id = 0;
const another = () => `id_${id++}`;
const broken = (log: RegExp): Gets => ({ texts: ["Hello."], notices: [/broke off/], error: { retry: true }, log });

export const RESPONSES: Row[] = [
  row("OpenAI", "text in pieces", () => cut(...response([HELLO])), "Hello."),
  row("new-api, Codex", "no output in the end", () => cut(...response([HELLO], { output: [] })), "Hello."),
  row("new-api, Codex", "no output in the end, after a call", calling(response([ADD], { output: [] })), RESULT),
  row("9router", "an end without an output", () => cut(...response([HELLO], { output: undefined })), "Hello."),
  row(
    "9router",
    "an end without a response",
    () => cut(...each(response([HELLO]), (event) => (event.type === "response.completed" ? { type: event.type } : event))),
    "Hello.",
  ),
  row(
    "look-alikes",
    "an output in the end and nothing before it",
    () => cut(...without(response([HELLO]), "output", "content_part")),
    "Hello.",
  ),
  row("look-alikes", "a call in the end and nothing before it", calling(without(response([ADD]), "output_item", "function_call")), RESULT),
  row(
    "Copilot",
    "another id when a message is announced",
    () => cut(...response([message("m", ["Hel", "lo ", "you."], 0, (nth) => (nth === 0 ? "a1" : "m"))])),
    "Hello you.",
  ),
  row("Copilot", "another id in each event", () => cut(...response([message("m", ["Hel", "lo ", "you."], 0, another)])), "Hello you."),
  row(
    "Copilot",
    "another id in each event, and no output in the end",
    () => cut(...response([message("m", ["Hel", "lo ", "you."], 0, another)], { output: [] })),
    "Hello you.",
  ),
  row(
    "Copilot",
    "another id in each event of two messages",
    () => cut(...response([message("m", ["One."], 0, another), message("n", ["Two."], 1, another)])),
    { texts: ["One.", "Two."] },
  ),
  row(
    "Copilot",
    "another id in each event of a message, which wants its last one back",
    (asked) => {
      const sent = asked.input.find((item) => (item as { role?: string }).role === "assistant") as { id?: string } | undefined;
      if (sent && sent.id !== "m6") return Response.json({ error: { message: `no item ${sent.id}` } }, { status: 400 });
      const parts = [message("m", ["Wait. "], 0, (nth) => `m${nth}`), functionCall("add", '{"a":1,"b":2}', 1)];
      return results(asked) ?? cut(...response(parts));
    },
    { texts: ["Wait. ", 'RESULT ["3"]'], tasks: ["Add"] },
  ),
  row("look-alikes", "number 0 for every item", calling(response([message("m", ["Wait. "]), functionCall("add", '{"a":1,"b":2}')])), {
    texts: ["Wait. ", 'RESULT ["3"]'],
    tasks: ["Add"],
  }),
  row(
    "look-alikes",
    "no numbers and no ids",
    () =>
      cut(
        ...each(response([HELLO]), ({ item, output_index: _, content_index: __, item_id: ___, ...event }) => ({
          ...event,
          ...(item && { item: { ...item, id: undefined } }),
        })),
      ),
    "Hello.",
  ),
  row("look-alikes", "no first event", () => cut(...without(response([HELLO]), "created")), "Hello."),
  row("look-alikes", "deltas alone", () => cut(...without(response([HELLO], { output: [] }), "added", ".done")), "Hello."),
  row(
    "look-alikes",
    "deltas alone, the last of which begins like a tag",
    () => cut(...without(response([message("m", ["a ", "<"])], { output: [] }), "added", ".done")),
    "a <",
  ),
  row("look-alikes", "no deltas", () => cut(...without(response([HELLO]), "delta")), "Hello."),
  row(
    "look-alikes",
    "a whole text that nothing announces",
    () =>
      cut(
        { type: "response.output_text.done", item_id: "m", output_index: 0, content_index: 0, text: "Hello." },
        { type: "response.completed", response: { id: "r", output: [] } },
      ),
    "Hello.",
  ),
  row(
    "look-alikes",
    "a refusal that nothing announces, and no output in the end",
    () =>
      cut(
        { type: "response.refusal.delta", item_id: "m", output_index: 0, content_index: 0, delta: "I will " },
        { type: "response.refusal.delta", item_id: "m", output_index: 0, content_index: 0, delta: "not." },
        { type: "response.completed", response: { id: "r", output: [] } },
      ),
    "I will not.",
  ),
  row(
    "LiteLLM",
    "counts of tokens that are null or texts",
    () => {
      const usage = { input_tokens: "7", output_tokens: null, total_tokens: 7, input_tokens_details: { cached_tokens: null } };
      return cut(...each(response([HELLO]), (event) => (event.response ? { ...event, response: { ...event.response, usage } } : event)));
    },
    "Hello.",
  ),
  row(
    "look-alikes",
    "types beside the data alone",
    () =>
      raw(
        response([HELLO])
          .map((event) => `event: ${(event as Event).type}\n${frame({ ...event, type: undefined })}`)
          .join(""),
      ),
    "Hello.",
  ),
  row("look-alikes", "[DONE] and no end", () => sse(...without(response([HELLO]), "completed")), "Hello."),
  row("look-alikes", "[DONE] after the text", () => sse(...without(response([HELLO]), "completed", "done")), "Hello."),
  row(
    "look-alikes",
    "citations without what they cite",
    () => {
      const content = [{ type: "output_text", text: "Hello.", annotations: CITATIONS }];
      return Response.json({ status: "completed", output: [{ type: "message", content }] });
    },
    "Hello.",
  ),
  row(
    "vLLM",
    "thoughts in a plain JSON answer",
    () => {
      const thoughts = { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "They greet." }] };
      return Response.json({ status: "completed", output: [thoughts, HELLO.item] });
    },
    { texts: ["Hello."], thoughts: ["They greet."] },
  ),
  row("look-alikes", "an output that is no item", () => Response.json({ status: "completed", output: ["Hello."] }), {
    error: { retry: true },
    log: /without having said anything/,
  }),
  row(
    "look-alikes",
    "a failure that is called completed",
    () => cut(...response([], { status: "failed", error: { code: "server_error", message: "The GPU fell out" } })),
    { error: { retry: true }, log: /The GPU fell out/ },
  ),
  row(
    "look-alikes",
    "an end that is called done",
    () => cut(...each(response([HELLO]), (event) => (event.type === "response.completed" ? { ...event, type: "response.done" } : event))),
    "Hello.",
  ),
  row(
    "look-alikes",
    "a plain JSON answer",
    () => Response.json({ object: "response", id: "r", status: "completed", output: [HELLO.item] }),
    "Hello.",
  ),
  row(
    "look-alikes",
    "a plain JSON answer with a call",
    (asked) => results(asked) ?? Response.json({ object: "response", id: "r", status: "completed", output: [ADD.item] }),
    RESULT,
  ),
  row(
    "look-alikes",
    "messages with parts nobody knows",
    () =>
      Response.json({
        id: "r",
        status: "completed",
        output: [{ type: "message", content: [{ type: "text", text: "Hello." }, { type: "widget" }] }],
      }),
    "Hello.",
  ),
  row("look-alikes", "arguments as an object", calling(response([functionCall("add", { a: 1, b: 2 })])), RESULT),
  row("look-alikes", "no arguments: an empty string", calling(response([functionCall("now", "")])), {
    texts: ['RESULT ["noon"]'],
    tasks: ["Now"],
  }),
  row(
    "look-alikes",
    "a call without a call_id",
    calling(response([functionCall("add", '{"a":1,"b":2}', 0, { call_id: undefined })])),
    RESULT,
  ),
  row(
    "look-alikes",
    "the same call_id in each round",
    (asked) =>
      asked.input.filter((item) => item.type === "function_call_output").length === 2 ? results(asked)! : cut(...response([ADD])),
    { texts: ['RESULT ["3","3"]'], tasks: ["Add", "Add"] },
  ),
  row("look-alikes", "a call of deltas alone", calling(without(response([ADD], { output: [] }), ".done")), RESULT),
  row(
    "Ollama, vLLM, LM Studio",
    "thoughts as they are, in the place of summaries",
    () => cut(...thinking(["They ", "greet."], "response.reasoning_text.delta"), ...response([HELLO]).slice(1)),
    { texts: ["Hello."], thoughts: ["They greet."] },
  ),
  row(
    "look-alikes",
    "thoughts that nothing announces",
    () =>
      cut(
        ...thinking(["They ", "greet."], "response.reasoning_summary_text.delta").filter((_, i) => i !== 1),
        ...response([HELLO]).slice(1),
      ),
    { texts: ["Hello."], thoughts: ["They greet."] },
  ),
  row("any model", "a tool that does not exist", calling(response([functionCall("search_web", "{}")])), {
    texts: [`RESULT ["Tool 'search_web' not found."]`],
    tasks: ["Search web"],
  }),
  row("vLLM", "blank lines before a call", calling(response([BLANK, functionCall("add", '{"a":1,"b":2}', 1)])), RESULT),
  row("vLLM", "<think> in the text", () => cut(...response([message("m", ["<think>\nThey", " greet.</think>\n\n", "Hello."])])), {
    texts: ["Hello."],
    thoughts: ["They greet."],
  }),
  row("vLLM", "</think> alone in the text", () => cut(...response([message("m", ["They greet.\n", "</think>\n\n", "Hello."])])), {
    texts: ["Hello."],
    thoughts: ["They greet."],
  }),
  row(
    "look-alikes",
    "<think> in a plain JSON answer",
    () => Response.json({ id: "r", status: "completed", output: [message("m", ["<think>Hm.</think>Hello."]).item] }),
    { texts: ["Hello."], thoughts: ["Hm."] },
  ),
  row("look-alikes", "an error in a 200", () => Response.json({ error: { message: "no capacity", code: 503 } }), {
    error: { retry: true },
    log: /503 no capacity/,
  }),
  row("look-alikes", "a page", () => raw("<html><title>Sign in</title></html>", "text/html"), {
    error: { retry: true },
    log: /a page, "Sign in"/,
  }),
  row("look-alikes", "nothing", () => raw(""), { error: { retry: true }, log: /without any event/ }),
  row("look-alikes", "[DONE] alone", () => sse(), { error: { retry: true }, log: /nothing before it/ }),
  row(
    "OpenAI",
    "a response that failed",
    () => cut({ type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "The GPU fell out" } } }),
    { error: { retry: true }, log: /The GPU fell out/ },
  ),
  row("OpenAI", "an error event", () => cut({ type: "error", code: "server_error", message: "The GPU fell out" }), {
    error: { retry: true },
    log: /The GPU fell out/,
  }),
  row(
    "OpenAI",
    "a response that failed for its length",
    () =>
      cut({
        type: "response.failed",
        response: { status: "failed", error: { code: "context_length_exceeded", message: "Your input exceeds the context window." } },
      }),
    { error: { retry: false }, log: /does not fit/ },
  ),
  row("OpenAI", "a wrong key", () => Response.json({ error: { message: "Incorrect API key" } }, { status: 401 }), {
    error: { retry: false },
    log: /refuses the key/,
  }),
  row("servers without this API", "no such path", () => new Response("404 page not found", { status: 404 }), {
    error: { retry: false },
    log: /CHATKIT_MODEL_API/,
  }),
  row(
    "any server",
    "a stream that ends before its end",
    () => cut(...without(response([HELLO]), ".done", "completed")),
    broken(/without response.completed/),
  ),
  row("any server", "a connection that breaks", () => reset(...without(response([HELLO]), ".done", "completed")), broken(/broke off/)),
];
