import { chunk, cut, finish, frame, hanging, raw, sse, text, type Says } from "../../../support/odd-server.ts";
import type { Gets, Row } from "./row.ts";

function row(seenWith: string, name: string, says: Says | object[], gets: Gets | string): Row {
  return {
    seenWith,
    name,
    says: Array.isArray(says) ? () => sse(...says) : says,
    gets: typeof gets === "string" ? { texts: [gets] } : gets,
  };
}

const STOP = finish("stop");
const withoutIndex = (delta: object, reason: string | null = null): object => chunk(delta, { index: undefined, finish_reason: reason });
const DETAILS = { reasoning_details: [{ type: "reasoning.text", text: "They greet.", index: 0 }] };
const HI = [...text("Hel", "lo."), STOP];
/** `text`, a character at a time. */
const slowly = (whole: string): object[] => text(...whole);

export const TEXTS: Row[] = [
  row("OpenAI", "text in pieces", HI, "Hello."),
  row(
    "gateways",
    "choices without an index",
    [withoutIndex({ role: "assistant", content: "Hello " }), withoutIndex({ content: "there." }), withoutIndex({}, "stop")],
    "Hello there.",
  ),
  row(
    "gateways",
    "choices whose index counts on",
    ["Hello", " ", "there."].map((content, index) => chunk({ content }, { index })).concat(chunk({}, { index: 3, finish_reason: "stop" })),
    "Hello there.",
  ),
  row("gateways", "messages in the place of deltas", [chunk(null, { message: { role: "assistant", content: "Hello." } }), STOP], "Hello."),
  row(
    "gateways",
    "the whole message once more at the end",
    [...text("Hel", "lo."), chunk(null, { message: { role: "assistant", content: "Hello." }, finish_reason: "stop" })],
    "Hello.",
  ),
  row("old servers", "text beside the choice", [chunk(null, { text: "Hel" }), chunk(null, { text: "lo." }), STOP], "Hello."),
  row(
    "Azure",
    "a first chunk without choices, a late one without a delta",
    [{ id: "", object: "", choices: [], prompt_filter_results: [] }, ...HI, chunk(null, { content_filter_offsets: {} })],
    "Hello.",
  ),
  row(
    "gateways",
    "chunks without ids, dates and models",
    HI.map((one) => ({ choices: (one as { choices: object }).choices })),
    "Hello.",
  ),
  row(
    "gateways",
    "another id with each chunk",
    HI.map((one, i) => ({ ...one, id: `chatcmpl-${i}` })),
    "Hello.",
  ),
  row(
    "vLLM",
    "usage with each chunk, and null",
    [...text("Hello.").map((one) => ({ ...one, usage: { prompt_tokens: 1 } })), { ...STOP, usage: null }],
    "Hello.",
  ),
  row(
    "SGLang",
    "all that could be said, as null",
    [chunk({ role: null, content: "Hello.", reasoning_content: null, tool_calls: null }), STOP],
    "Hello.",
  ),
  row(
    "Magistral",
    "content as a list of thoughts and texts",
    [
      ...text(
        [{ type: "thinking", thinking: [{ type: "text", text: "They greet me." }] }],
        [{ type: "thinking", thinking: [{ type: "text", text: " I greet back." }] }],
        [{ type: "text", text: "Hello" }],
        " there.",
      ),
      STOP,
    ],
    { texts: ["Hello there."], thoughts: ["They greet me. I greet back."] },
  ),
  row(
    "gateways",
    "content as a list of strings and parts nobody knows",
    [
      ...text(
        ["Hel"],
        [
          { type: "reference", reference_ids: [1] },
          { type: "output_text", text: "lo." },
        ],
      ),
      STOP,
    ],
    "Hello.",
  ),
  row("gateways", "content as a number", [...text(4, 2), STOP], "42"),
  row("DeepSeek", "reasoning_content", [chunk({ reasoning_content: "They " }), chunk({ reasoning_content: "greet." }), ...HI], {
    texts: ["Hello."],
    thoughts: ["They greet."],
  }),
  row("Ollama, vLLM, Groq", "reasoning", [chunk({ reasoning: "They " }), chunk({ reasoning: "greet." }), ...HI], {
    texts: ["Hello."],
    thoughts: ["They greet."],
  }),
  row(
    "OpenRouter",
    "one thought in three fields",
    [chunk({ reasoning: "They greet.", reasoning_content: "They greet.", ...DETAILS }), ...HI],
    { texts: ["Hello."], thoughts: ["They greet."] },
  ),
  row("OpenRouter", "reasoning_details alone", [chunk(DETAILS), ...HI], { texts: ["Hello."], thoughts: ["They greet."] }),
  row("OpenAI", "a refusal", [chunk({ refusal: "I will " }), chunk({ refusal: "not." }), STOP], "I will not."),
  row("DeepSeek", "blank lines between thought and text", [chunk({ reasoning_content: "Hm." }), ...text("\n\n", "Hello."), STOP], {
    texts: ["Hello."],
    thoughts: ["Hm."],
  }),
  row("local reasoning models", "<think> at the start", [...text("<think>\nThe user", " greets.\n</think>\n\n", "Hello!"), STOP], {
    texts: ["Hello!"],
    thoughts: ["The user greets."],
  }),
  row("local reasoning models", "<think> in single characters", [...slowly("<think>\nThe user greets.\n</think>\n\nHello!"), STOP], {
    texts: ["Hello!"],
    thoughts: ["The user greets."],
  }),
  row("Gemini", "<thought> at the start", [...text("<thought>They greet.</thought>Hello!"), STOP], {
    texts: ["Hello!"],
    thoughts: ["They greet."],
  }),
  row("Qwen", "an empty <think>", [...text("<think>\n\n</think>\n\nHello!"), STOP], "Hello!"),
  row("QwQ, DeepSeek R1", "</think> alone", [...text("They greet me.\n", "I greet back.\n", "</think>", "\n\n", "Hello!"), STOP], {
    texts: ["Hello!"],
    thoughts: ["They greet me.\nI greet back."],
  }),
  row("QwQ, DeepSeek R1", "</think> alone, in single characters", [...slowly("Hm.\n</think>\n\nHello!"), STOP], {
    texts: ["Hello!"],
    thoughts: ["Hm."],
  }),
  row(
    "vLLM",
    "</think> alone after thoughts beside the text",
    [chunk({ reasoning_content: "Hm." }), ...text("\n</think>\n\n", "Hello!"), STOP],
    { texts: ["Hello!"], thoughts: ["Hm."] },
  ),
  row(
    "any model",
    "tags later in a text are text",
    [...slowly("In HTML: <think>no</think> tag."), STOP],
    "In HTML: <think>no</think> tag.",
  ),
  row("any model", "a second thought is text", [...text("<think>a</think>Hello <think>b</think>"), STOP], {
    texts: ["Hello <think>b</think>"],
    thoughts: ["a"],
  }),
  row(
    "any model",
    "a closing tag in code, in quotes or among words is text",
    [...text("`</think>` and </think> and\n```\n</think>\n```"), STOP],
    "`</think>` and </think> and\n```\n</think>\n```",
  ),
  row("any model", "a text that begins like a tag", [...text("<", "b>bold</b> <"), STOP], "<b>bold</b> <"),
  row("any model", "a text that is indented code", [...text("\n", "    code"), STOP], "    code"),
  row(
    "servers that do not stream",
    "a whole completion",
    () => Response.json({ choices: [{ message: { content: "<think>Hm.</think>Hello." }, finish_reason: "stop" }] }),
    { texts: ["Hello."], thoughts: ["Hm."] },
  ),
  row(
    "servers that do not stream",
    "a whole completion called a stream",
    () => raw(`\n\n${JSON.stringify({ choices: [{ message: { content: "Hello." } }] }, null, 2)}`),
    "Hello.",
  ),
  row("gateways", "a stream called JSON", () => raw(HI.map(frame).join(""), "application/json"), "Hello."),
  row("gateways", "lines of JSON", () => raw(HI.map((one) => JSON.stringify(one)).join("\n"), "application/x-ndjson"), "Hello."),
  row(
    "gateways",
    "a byte order mark, comments, returns, no spaces",
    () => raw(`\ufeff: hello\r\n\r\n${HI.map((one) => `data:${JSON.stringify(one)}\r\n: keep-alive\r\n\r\n`).join("")}data:[DONE]\r\n\r\n`),
    "Hello.",
  ),
  row(
    "gateways",
    "no blank lines between the events",
    () => raw(`${HI.map((one) => `data: ${JSON.stringify(one)}`).join("\n")}\ndata: [DONE]\n`),
    "Hello.",
  ),
  row(
    "LiteLLM",
    "counts of tokens that are null or texts",
    [...HI, { choices: [], usage: { prompt_tokens: "7", completion_tokens: null, prompt_tokens_details: { cached_tokens: null } } }],
    "Hello.",
  ),
  row("gateways", "null in the place of a chunk", () => raw(`data: null\n\n${HI.map(frame).join("")}`), "Hello."),
  row("gateways", "an error without anything in it", [...text("Hello."), { ...finish("stop"), error: {} }], "Hello."),
  row("gateways", "an error that says there is none", [{ ...text("Hello.")[0], error: { code: 0, message: "" } }, finish("stop")], "Hello."),
  row(
    "gateways",
    "citations without what they cite",
    [
      chunk({ content: "Hello.", annotations: [null, { type: "url_citation", url_citation: null }] }),
      finish("stop", { annotations: [{ type: "url_citation", url_citation: { url: "x:", end_index: "7" } }] }),
    ],
    "Hello.",
  ),
  row("gateways", "a choice that is null", [{ choices: [null] }, ...HI], "Hello."),
  row("gateways", "[DONE] and no finish", [...text("Hello.")], "Hello."),
  row("gateways", "a finish and no [DONE]", () => cut(...HI), "Hello."),
  row("gateways", "a finish, and a stream that never ends", () => hanging(...HI), "Hello."),
  row("gateways", "no blank line at the end", () => raw(HI.map(frame).join("").trimEnd()), "Hello."),
];
