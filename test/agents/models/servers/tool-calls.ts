import { call, calls, chunk, finish, results, sse, text, type Says } from "../../../support/odd-server.ts";
import type { Gets, Row } from "./row.ts";

const ADD = '{"a":1,"b":2}';
const ADD_TENS = '{"a":10,"b":20}';

/** Calls tools that way, and says what they found. */
function calling(...chunks: object[]): Says {
  return (asked) => results(asked) ?? sse(...chunks, finish("tool_calls"));
}

function row(seenWith: string, name: string, says: Says, found: string[], more: Gets = {}): Row {
  return {
    name,
    seenWith,
    says,
    gets: { texts: [`RESULT ${JSON.stringify(found)}`], tasks: found.map((one) => (one === "noon" ? "Now" : "Add")), ...more },
  };
}

const BOTH = ["3", "30"];

export const TOOL_CALLS: Row[] = [
  row(
    "OpenAI",
    "calls in pieces",
    calling(
      calls(call("add", "", { index: 0, id: "c1" })),
      calls(call(undefined, '{"a":1,', { index: 0 })),
      calls(call(undefined, '"b":2}', { index: 0 })),
    ),
    ["3"],
  ),
  row("SGLang", "calls without an index", calling(calls(call("add", ADD, { id: "c1" })), calls(call("add", ADD_TENS, { id: "c2" }))), BOTH),
  row(
    "Gemini",
    "several whole calls without an index in one chunk",
    calling(calls(call("add", ADD, { id: "c1" }), call("add", ADD_TENS, { id: "c2" }))),
    BOTH,
  ),
  row(
    "Ollama",
    "all calls at index 0",
    calling(calls(call("add", ADD, { index: 0, id: "c1" })), calls(call("add", ADD_TENS, { index: 0, id: "c2" }))),
    BOTH,
  ),
  row(
    "vLLM",
    "all calls at index 0, in pieces whose id is empty",
    calling(
      calls(call("add", "", { index: 0, id: "c1" })),
      calls(call(undefined, ADD, { index: 0, id: "" })),
      calls(call("add", "", { index: 0, id: "c2" })),
      calls(call(undefined, ADD_TENS, { index: 0, id: "" })),
    ),
    BOTH,
  ),
  row(
    "SGLang",
    "all calls at index 0, told apart by short ids",
    calling(
      calls(call("add", "", { index: 0, id: "0" })),
      calls(call("add", ADD, { index: 0, id: "0" })),
      calls(call("add", "", { index: 0, id: "1" })),
      calls(call("add", ADD_TENS, { index: 0, id: "1" })),
    ),
    BOTH,
  ),
  row("Ollama", "calls without index and id", calling(calls(call("add", ADD)), calls(call("add", ADD_TENS))), BOTH),
  row("Ollama", "calls without index and id in one chunk", calling(calls(call("add", ADD), call("now", "{}"))), ["3", "noon"]),
  row("Ollama", "a call with an index and no id", calling(calls(call("add", ADD, { index: 0 }))), ["3"]),
  row(
    "Ollama",
    "calls with an index and no id, in pieces",
    calling(
      calls(call("add", "", { index: 0 })),
      calls(call(undefined, ADD, { index: 0 })),
      calls(call("add", "", { index: 1 })),
      calls(call(undefined, ADD_TENS, { index: 1 })),
    ),
    BOTH,
  ),
  row(
    "vLLM",
    "the name with each piece",
    calling(...['{"a"', ":1,", '"b":2}'].map((piece) => calls(call("add", piece, { index: 0, id: "c1" })))),
    ["3"],
  ),
  row(
    "gateways",
    "the name with each piece, without index and id",
    calling(...['{"a"', ":1,", '"b":2}'].map((piece) => calls(call("add", piece)))),
    ["3"],
  ),
  row(
    "vLLM, gpt-oss",
    "another id with each piece",
    calling(...['{"a"', ":1,", '"b":2}'].map((piece, i) => calls(call("add", piece, { index: 0, id: `x${i}` })))),
    ["3"],
  ),
  row(
    "gateways",
    "an index that counts on with each piece",
    calling(
      ...['{"a"', ":1,", '"b":2}'].map((piece, i) =>
        calls(call(i === 0 ? "add" : undefined, piece, { index: i, ...(i === 0 && { id: "c1" }) })),
      ),
    ),
    ["3"],
  ),
  row(
    "Claude behind Bedrock Access Gateway",
    "indexes from 1",
    calling(calls(call("add", ADD, { index: 1, id: "c1" })), calls(call("add", ADD_TENS, { index: 2, id: "c2" }))),
    BOTH,
  ),
  row("GLM", "index -1 and arguments as an object", calling(calls(call("add", { a: 1, b: 2 }, { index: -1, id: "c1" }))), ["3"]),
  row("llama.cpp", "arguments as an object", calling(calls(call("add", { a: 1, b: 2 }, { index: 0, id: "c1" }))), ["3"]),
  row(
    "gateways",
    "arguments as a string of JSON in a string of JSON",
    calling(calls(call("add", JSON.stringify(ADD), { index: 0, id: "c1" }))),
    ["3"],
  ),
  row("vLLM", "no arguments: an empty string", calling(calls(call("now", "", { index: 0, id: "c1" }))), ["noon"]),
  row("gateways", "no arguments: null", calling(calls(call("now", null, { index: 0, id: "c1" }))), ["noon"]),
  row("gateways", "no arguments at all", calling(calls(call("now", undefined, { index: 0, id: "c1" }))), ["noon"]),
  row(
    "Bedrock",
    "{} before the arguments",
    calling(calls(call("add", "{}", { index: 0, id: "c1" })), calls(call(undefined, ADD, { index: 0 }))),
    ["3"],
  ),
  row("TGI", "one call in the place of the list", calling(chunk({ tool_calls: call("add", ADD, { index: 0, id: "c1" }) })), ["3"]),
  row(
    "old servers",
    "function_call",
    calling(chunk({ function_call: { name: "add", arguments: "" } }), chunk({ function_call: { arguments: ADD } })),
    ["3"],
  ),
  row(
    "gateways",
    "the whole call once more at the end",
    calling(
      calls(call("add", '{"a":1', { index: 0, id: "c1" })),
      calls(call(undefined, ',"b":2}', { index: 0 })),
      calls(call("add", ADD, { index: 0, id: "c1" })),
    ),
    ["3"],
  ),
  row(
    "gateways",
    "arguments before the name",
    calling(calls(call(undefined, '{"a":1,', { id: "c1" })), calls(call("add", '"b":2}', { id: "c1" }))),
    ["3"],
  ),
  row(
    "gateways",
    "one id for all calls",
    calling(calls(call("add", ADD, { index: 0, id: "c" })), calls(call("add", ADD_TENS, { index: 1, id: "c" }))),
    BOTH,
  ),
  row(
    "OpenAI",
    "pieces of calls side by side",
    calling(
      calls(call("add", "", { index: 0, id: "c1" }), call("add", "", { index: 1, id: "c2" })),
      calls(call(undefined, '{"a":1,', { index: 0 }), call(undefined, '{"a":10,', { index: 1 })),
      calls(call(undefined, '"b":2}', { index: 0 })),
      calls(call(undefined, '"b":20}', { index: 1 })),
    ),
    BOTH,
  ),
  row(
    "llama.cpp",
    "calls that finish with stop",
    (asked) => results(asked) ?? sse(calls(call("add", ADD, { index: 0, id: "c1" })), finish("stop")),
    ["3"],
  ),
  row(
    "gateways",
    "calls after the finish",
    (asked) => results(asked) ?? sse(finish("tool_calls"), calls(call("add", ADD, { index: 0, id: "c1" }))),
    ["3"],
  ),
  row(
    "gateways",
    "a finish with each chunk",
    (asked) =>
      results(asked) ??
      sse(
        finish("stop", { tool_calls: [call("add", '{"a":1,', { index: 0, id: "c1" })] }),
        finish("stop", { tool_calls: [call(undefined, '"b":2}', { index: 0 })] }),
      ),
    ["3"],
  ),
  row(
    "servers that do not stream",
    "a call in a whole completion",
    (asked) =>
      results(asked) ??
      Response.json({
        choices: [{ message: { role: "assistant", content: "", tool_calls: [call("add", { a: 1, b: 2 })] }, finish_reason: "tool_calls" }],
      }),
    ["3"],
  ),
  row(
    "servers that count calls anew each time",
    "the same id in each round",
    ({ messages }) => {
      const rounds = messages.filter(({ role }) => role === "tool").length;
      if (rounds === 2) return results({ messages } as never)!;
      return sse(calls(call("add", rounds === 0 ? ADD : ADD_TENS, { index: 0, id: "call_0" })), finish("tool_calls"));
    },
    BOTH,
  ),
  row(
    "Qwen, DeepSeek",
    "blank lines before a call",
    calling(chunk({ role: "assistant", content: "\n\n" }), calls(call("add", ADD, { index: 0, id: "c1" }))),
    ["3"],
  ),
  row(
    "any model",
    "a tool that does not exist",
    calling(calls(call("search_web", "{}", { index: 0, id: "c1" }))),
    ["Tool 'search_web' not found."],
    { tasks: ["Search web"] },
  ),
  row(
    "any model",
    "a tool whose name nobody could have",
    calling(calls(call("web.search v2", "{}", { index: 0, id: "c1" }))),
    ["Tool 'web_search_v2' not found."],
    { tasks: ["Web search v2"] },
  ),
  row("Moonshot", "a call without a name", calling(calls(call("", "{}", { index: 0, id: "c1" }))), ["Tool 'unnamed' not found."], {
    tasks: ["Unnamed"],
  }),
  {
    seenWith: "Anthropic's OpenAI endpoint",
    name: "calls that are numbered with the text before them",
    says: (asked) =>
      results(asked) ??
      sse(
        ...text("Let me ", "add."),
        calls(call("add", "", { index: 1, id: "toolu_1" })),
        calls(call(undefined, '{"a":1,', { index: 1 })),
        calls(call(undefined, '"b":2}', { index: 1 })),
        calls(call("add", "", { index: 2, id: "toolu_2" })),
        calls(call(undefined, ADD_TENS, { index: 2 })),
        finish("tool_calls"),
      ),
    gets: { texts: ["Let me add.", `RESULT ${JSON.stringify(BOTH)}`], tasks: ["Add", "Add"] },
  },
  {
    seenWith: "Gemini's OpenAI endpoint",
    name: "a thought, text and a whole call in one chunk that finishes with stop",
    says: (asked) =>
      results(asked) ??
      sse(
        finish("stop", {
          role: "assistant",
          content: "<thought>Sums.</thought>Let me add.",
          tool_calls: [call("add", ADD, { id: "function-call-1" })],
        }),
      ),
    gets: { texts: ["Let me add.", 'RESULT ["3"]'], thoughts: ["Sums."], tasks: ["Add"] },
  },
  {
    seenWith: "any model",
    name: "text before a call to a tool that does not exist",
    says: (asked) =>
      results(asked) ?? sse(...text("Let me look. "), calls(call("search_web", "{}", { index: 0, id: "c1" })), finish("tool_calls")),
    gets: { texts: ["Let me look. ", `RESULT ["Tool 'search_web' not found."]`], tasks: ["Search web"] },
  },
  row(
    "servers that read arguments again",
    "arguments that are no JSON go back as JSON",
    (asked) => {
      const args = asked.messages.flatMap(({ tool_calls: list = [] }) =>
        list.map((one) => (one["function"] as { arguments: string }).arguments),
      );
      args.forEach((one) => JSON.parse(one));
      return results(asked) ?? sse(calls(call("add", '{"a":1', { index: 0, id: "c1" })), finish("tool_calls"));
    },
    ["An error occurred while parsing tool arguments. Please try again with valid JSON."],
    { tasks: ["Add"] },
  ),
];
