import { call, calls, chunk, cut, finish, message, response, results, sse, text, type Says } from "../../../support/odd-server.ts";
import type { Gets, Row } from "./row.ts";

const LIMIT = [/limit of tokens/];
const FILTER = [/content filter/];
const TOLD = ["Once upon a "];

function row(seenWith: string, name: string, says: Says, gets: Gets): Row {
  return { seenWith, name, says, gets };
}

const told =
  (reason: string): Says =>
  () =>
    sse(...text("Once ", "upon a "), finish(reason));

/** An answer that was cut keeps its text and says so; there is no error, and so no button to have it cut again. */
export const INCOMPLETE_CHAT: Row[] = [
  row("OpenAI", "the token limit", told("length"), { texts: TOLD, notices: LIMIT }),
  row("gateways", "the token limit by another name", told("MAX_TOKENS"), { texts: TOLD, notices: LIMIT }),
  row("Mistral", "the limit of the model", told("model_length"), { texts: TOLD, notices: LIMIT }),
  row("Azure", "the content filter", told("content_filter"), { texts: TOLD, notices: FILTER }),
  row("GLM", "the content filter by another name", told("sensitive"), { texts: TOLD, notices: FILTER }),
  row("Gemini", "the content filter, with the reason", told("content_filter: PROHIBITED_CONTENT"), { texts: TOLD, notices: FILTER }),
  row("Azure", "the content filter before any text", () => sse(chunk({ role: "assistant" }), finish("content_filter")), {
    notices: FILTER,
  }),
  row("reasoning models", "the token limit before any text", () => sse(chunk({ reasoning_content: "Hm." }), finish("length")), {
    thoughts: ["Hm."],
    notices: LIMIT,
  }),
  row("reasoning models", "the token limit within <think>", () => sse(...text("<think>Hm, hm"), finish("length")), {
    thoughts: ["Hm, hm"],
    notices: LIMIT,
  }),
  row(
    "any server",
    "the token limit within a call",
    () => sse(...text("Once upon a "), calls(call("add", '{"a":1', { index: 0, id: "c1" })), finish("length")),
    { texts: TOLD, notices: LIMIT },
  ),
  row(
    "any server",
    "the token limit after a whole call",
    (asked) => results(asked) ?? sse(calls(call("now", "{}", { index: 0, id: "c1" })), finish("length")),
    { texts: ['RESULT ["noon"]'], tasks: ["Now"] },
  ),
  row(
    "servers that do not stream",
    "the token limit in a whole completion",
    () => Response.json({ choices: [{ message: { content: "Once upon a " }, finish_reason: "length" }] }),
    { texts: TOLD, notices: LIMIT },
  ),
];

const cutBy = (reason: string): object[] => {
  const events = response([message("m", ["Once ", "upon a "])], { status: "incomplete", incomplete_details: { reason } });
  return events.map((event) => ({
    ...event,
    ...((event as { type: string }).type === "response.completed" && { type: "response.incomplete" }),
  }));
};

export const INCOMPLETE_RESPONSES: Row[] = [
  row("OpenAI", "the token limit", () => cut(...cutBy("max_output_tokens")), { texts: TOLD, notices: LIMIT }),
  row("OpenAI", "the content filter", () => cut(...cutBy("content_filter")), { texts: TOLD, notices: FILTER }),
  row(
    "look-alikes",
    "the token limit by another name, in an event called completed",
    () => cut(...response([message("m", ["Once upon a "])], { status: "incomplete", incomplete_details: { reason: "length" } })),
    { texts: TOLD, notices: LIMIT },
  ),
  row(
    "look-alikes",
    "the token limit with no end of the message",
    () => cut(...cutBy("max_output_tokens").filter((event) => !/(text|part|item)\.done/.test((event as { type: string }).type))),
    { texts: TOLD, notices: LIMIT },
  ),
  row(
    "reasoning models",
    "the token limit before any text",
    () => cut(...response([], { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } })),
    { notices: LIMIT },
  ),
  row(
    "look-alikes",
    "the token limit in a plain JSON answer",
    () =>
      Response.json({
        object: "response",
        id: "r",
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        output: [message("m", ["Once upon a "]).item],
      }),
    { texts: TOLD, notices: LIMIT },
  ),
];
