import { call, calls, chunk, cut, finish, frame, raw, reset, sse, text, type Says } from "../../../support/odd-server.ts";
import type { Gets, Row } from "./row.ts";

/** Never a quiet "completed": an error with a retry, and the reason in the log. */
function none(seenWith: string, name: string, says: Says | Response, log: RegExp, retry = true): Row {
  return { seenWith, name, says: typeof says === "function" ? says : () => says.clone() as Response, gets: { error: { retry }, log } };
}

/** What was said stays, a notice says that it broke off. */
function broken(seenWith: string, name: string, says: Says, log: RegExp, gets: Gets = {}): Row {
  return { seenWith, name, says, gets: { texts: ["Half an"], notices: [/broke off/], error: { retry: true }, log, ...gets } };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });
const HALF = text("Half", " an");
const PAGE = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

export const NO_ANSWERS: Row[] = [
  none("gateways", "an error in a 200", json({ error: { message: "model is overloaded", code: 503 } }), /503 model is overloaded/),
  none("Ollama", "an error that is a string", json({ error: "model runner has stopped" }), /model runner has stopped/),
  none(
    "Gemini",
    "an error in a list",
    json([{ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }]),
    /The model is overloaded/,
  ),
  none("vLLM", "an object that calls itself an error", json({ object: "error", message: "engine is dead", code: 500 }), /engine is dead/),
  none(
    "Anthropic's OpenAI endpoint",
    "an error event with an error in it",
    raw('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'),
    /Overloaded/,
  ),
  none(
    "Anthropic's OpenAI endpoint",
    "status 529",
    json({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, 529),
    /529 Overloaded/,
  ),
  none("Cloudflare", "a list of errors", json({ success: false, errors: [{ code: 10000, message: "No such account" }] }), /No such account/),
  none("MiniMax", "an error one level deeper", json({ choices: null, base_resp: { status_code: 1004, status_msg: "no login" } }), /no login/),
  none("Baidu", "an error_msg", json({ error_code: 110, error_msg: "The token is invalid" }), /The token is invalid/),
  none("FastAPI", "a detail", json({ detail: "worker timed out" }), /worker timed out/),
  none(
    "Venice",
    "error_type and error_message in an event",
    () => cut({ error_type: "server_error", error_message: "out of memory" } as object),
    /out of memory/,
  ),
  none("gateways", "a page", raw(PAGE, "text/html"), /a page, "502 Bad Gateway"/),
  none("gateways", "a page called a stream", raw(PAGE), /a page, "502 Bad Gateway"/),
  none("gateways", "nothing", raw(""), /without any event/),
  none("gateways", "nothing called JSON", raw("", "application/json"), /without any event/),
  none("gateways", "no body", () => new Response(null, { status: 204 }), /without an answer/),
  none("gateways", "a text that is no event", raw("upstream connect error", "text/plain"), /without any event/),
  none("gateways", "comments alone", raw(": keep-alive\n\n: keep-alive\n\n"), /without any event/),
  none("gateways", "[DONE] alone", sse(), /\[DONE\], and nothing before it/),
  none("gateways", "a role, and [DONE]", () => sse(chunk({ role: "assistant", content: "" })), /\[DONE\] without any text/),
  none("gateways", "JSON that is no completion", json({ status: "queued", id: 7 }), /no completion/),
  none("gateways", "a completion without choices", json({ choices: [], usage: {} }), /without an answer/),
  none(
    "LM Studio",
    "a stream in order that says nothing",
    () => sse(chunk({ role: "assistant", content: "" }), finish("stop")),
    /without having said anything/,
  ),
  {
    ...none(
      "any model",
      "thoughts that nothing follows",
      () => sse(chunk({ reasoning_content: "Hm." }), finish("stop")),
      /without having said anything/,
    ),
    gets: { thoughts: ["Hm."], error: { retry: true } },
  },
  none("llama.cpp", "error: lines", raw('error: {"code":500,"message":"slot unavailable"}\n\n'), /slot unavailable/),
  none("gateways", "error: lines that are no JSON", raw("error: upstream timed out\n\n"), /upstream timed out/),
  none("LM Studio", "an error event", raw('event: error\ndata: {"error":{"message":"Model unloaded."}}\n\n'), /Model unloaded/),
  none("gateways", "an error event that is a text", raw("event: error\ndata: Model unloaded.\n\n"), /Model unloaded/),
  none("gateways", "an error in an event", () => cut({ error: { message: "no capacity" } } as object), /no capacity/),
  broken(
    "OpenRouter",
    "an error in the middle of a text",
    () => cut(...HALF, { ...finish("error"), error: { code: 502, message: "Provider disconnected" } }),
    /Provider disconnected/,
  ),
  broken(
    "OpenRouter",
    "an error of the choice",
    () => cut(...HALF, chunk({}, { finish_reason: "error", error: { code: 502, message: "Provider returned error" } })),
    /Provider returned error/,
  ),
  broken(
    "llama.cpp",
    "an error: line in the middle of a text",
    () => raw(`${HALF.map(frame).join("")}error: {"message":"slot was taken away"}\n\n`),
    /slot was taken away/,
  ),
  broken("any server", "a stream that ends with neither a finish nor [DONE]", () => cut(...HALF), /neither a finish_reason nor \[DONE\]/),
  broken("any server", "a connection that breaks", () => reset(...HALF), /broke off/),
  broken("any server", "an event that is no JSON", () => raw(`${HALF.map(frame).join("")}data: {"id":\n\n`), /not JSON/),
  broken("SGLang, vLLM", "a finish that is an abort", () => sse(...HALF, finish("abort")), /finished with abort/),
  broken(
    "DeepSeek",
    "a finish for want of resources",
    () => sse(...HALF, finish("insufficient_system_resource")),
    /insufficient_system_resource/,
  ),
  broken(
    "any server",
    "a stream that ends within a call",
    () => cut(...HALF, calls(call("add", '{"a":1', { index: 0, id: "c1" }))),
    /broke off/,
  ),
  broken(
    "any server",
    "[DONE] within a call",
    () => sse(...HALF, calls(call("add", '{"a":1', { index: 0, id: "c1" }))),
    /middle of a tool call/,
  ),
  {
    seenWith: "any server",
    name: "a connection that breaks after the finish",
    says: () => reset(...text("Hello."), finish("stop")),
    gets: { texts: ["Hello."] },
  },
  none(
    "any server",
    "a wrong key",
    json({ error: { message: "Incorrect API key provided", code: "invalid_api_key" } }, 401),
    /refuses the key \(401\).*Incorrect API key/s,
    false,
  ),
  none(
    "any server",
    "a wrong key in a 200",
    json({ error: { message: "Incorrect API key provided", code: "invalid_api_key" } }),
    /refuses the key \(401\)/,
    false,
  ),
  none(
    "any server",
    "no such model",
    json({ error: { message: "model 'x' not found" } }, 404),
    /no such model.*CHATKIT_MODEL.*model 'x' not found/s,
    false,
  ),
  none("any server", "no such path", raw404(), /or not this API \(404\).*404 page not found/s, false),
  none(
    "any server",
    "a request it refuses",
    json({ detail: [{ loc: ["body", "tools"], msg: "unknown field" }] }, 422),
    /refuses the request \(422\).*unknown field/s,
    false,
  ),
  none(
    "OpenAI",
    "an account without credit",
    json({ error: { message: "You exceeded your current quota", code: "insufficient_quota" } }, 429),
    /no credit left/,
    false,
  ),
  ...tooLong({
    OpenAI: json({ error: { message: "This model's maximum context length is 8192 tokens.", code: "context_length_exceeded" } }, 400),
    vLLM: json(
      { object: "error", message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.", code: 400 },
      400,
    ),
    "llama.cpp": json(
      {
        error: {
          code: 400,
          message: "request (4390 tokens) exceeds the available context size (4096 tokens)",
          type: "exceed_context_size_error",
        },
      },
      400,
    ),
    "llama.cpp in a 200": json({ error: { code: 500, message: "Context size has been exceeded.", type: "server_error" } }),
    "LM Studio": raw('event: error\ndata: {"error":{"message":"Trying to keep the first 5000 tokens when context the overflows."}}\n\n'),
    Anthropic: json({ error: { message: "prompt is too long: 210000 tokens > 200000 maximum", type: "invalid_request_error" } }, 400),
    Gemini: json(
      [{ error: { code: 400, message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)." } }],
      400,
    ),
    Mistral: json({ object: "error", message: "Prompt contains 40000 tokens, too large for model with 32768 maximum context length" }, 400),
    TGI: json(
      { error: "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000", error_type: "validation" },
      422,
    ),
    SGLang: json({ object: "error", message: "The input (5000 tokens) is longer than the model's context length (4096 tokens)." }, 400),
    Groq: json({ error: { message: "Please reduce the length of the messages or completion.", code: "context_length_exceeded" } }, 413),
  }),
];

function raw404(): Response {
  return new Response("404 page not found", { status: 404 });
}

function tooLong(answers: Record<string, Response>): Row[] {
  return Object.entries(answers).map(([server, answer]) =>
    none(server, `a conversation that is too long (${server})`, answer, /does not fit into the model's context/, false),
  );
}
