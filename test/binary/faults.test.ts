import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { SentEvent } from "../../src/protocol/events.ts";
import { say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import type { Script } from "../support/model-script.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

/** A day of faults: for each of them one line in the log, which names the cause, the thread and the request, and the right thing on the page. */

setDefaultTimeout(90_000);
beforeAll(binary);

const AGENT = `
  import { Agent } from "@openai/agents";
  import { AgentServer } from "chatkit-server";
  export default class extends AgentServer {
    constructor(ports) {
      super(ports, { agent: new Agent({ name: "Assistant" }), timeoutMs: 4000 });
    }
  }`;

type Line = { level: string; msg: string; thread_id?: string; request_id?: string; client_ip?: string; [field: string]: unknown };

/** What the log says of one request. */
async function linesOf(program: Program, requestId: string): Promise<Line[]> {
  const ours = () => program.output.stderr.split("\n").filter((line) => line.includes(requestId));
  return until(async () => (ours().some((line) => line.includes('"msg":"request"')) ? ours().map((line) => JSON.parse(line) as Line) : undefined));
}

type Told = { threadId: string; events: SentEvent[]; error: SentEvent | undefined; lines: Line[]; failures: Line[] };

/** Sends a message; what comes of it on the page and in the log. */
async function ask(program: Program, script: Script): Promise<Told> {
  const response = await program.post({ type: "threads.create", params: { input: userInput(say(script)) } });
  const events = await Array.fromAsync(eventsOf(response));
  const threadId = events.find((event) => event.type === "thread.created")?.thread.id ?? "";
  const lines = await linesOf(program, response.headers.get("x-request-id") ?? "none");
  const failures = lines.filter(({ level }) => level === "error" || level === "warn");
  return { threadId, events, error: events.find(({ type }) => type === "error"), lines, failures };
}

/** One line of failure, and a line each of the run and of the request that say so, all with the same ids. */
function expectStory({ threadId, lines, failures }: Told, code: string, reason: string, cause: RegExp): void {
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({ msg: "an answer failed", code, reason });
  expect(JSON.stringify(failures[0]!["err"])).toMatch(cause);
  const story = lines.map(({ msg, outcome, code }) => [msg, outcome, code]);
  expect(story).toContainEqual(["agent run", "failed", code]);
  expect(story).toContainEqual(["request", "failed", code]);
  const asked = { thread_id: threadId, user_id: "local", client_ip: "127.0.0.1" };
  expect(lines.map(({ thread_id, user_id, client_ip }) => ({ thread_id, user_id, client_ip }))).toEqual([asked, asked, asked]);
}

const refusal = (status: number, code?: string): Script => ({ turns: [[{ http_error: { status, message: `no: ${status}`, ...(code && { code }) } }]] });
const GENERIC = { type: "error", code: "stream.error" };
const FINAL = { ...GENERIC, allow_retry: false };
const AGAIN = { ...GENERIC, allow_retry: true };

const FAULTS: [fault: string, script: Script, code: string, reason: string, cause: RegExp, onPage: object][] = [
  ["a wrong key", refusal(401, "invalid_api_key"), "model_unavailable", "key_refused", /OPENAI_API_KEY.*no: 401.*"code":"invalid_api_key","status":401/, FINAL],
  ["a model that is not there", refusal(404), "model_unavailable", "model_not_found", /CHATKIT_MODEL.*no: 404.*"status":404/, FINAL],
  ["a rate limit", refusal(429), "model_unavailable", "rate_limited", /rate limit.*no: 429.*"status":429/, AGAIN],
  ["no credit", refusal(429, "insufficient_quota"), "model_unavailable", "no_credit", /no credit.*"code":"insufficient_quota"/, FINAL],
  ["a server that fails", refusal(500), "model_unavailable", "server_failed", /no: 500.*"status":500/, AGAIN],
  ["a gateway's time-out", refusal(504), "model_timeout", "timed_out", /no: 504.*"status":504/, AGAIN],
  ["silence", { turns: [[{ text: "Well, " }, { hang: true }]] }, "model_timeout", "answer_timeout", /longer than 4 s/, AGAIN],
  ["a request it does not take", refusal(422), "model_unavailable", "request_refused", /no: 422.*"status":422/, FINAL],
  ["an answer that fails", { turns: [[{ text: "Well, " }, { failed: { message: "on fire" } }]] }, "model_unavailable", "server_failed", /on fire/, AGAIN],
];

describe("a day of faults", () => {
  test("of the model server: each is one line with its cause, thread and request, and an error on the page that fits", async () => {
    const model = new ResponsesServer();
    await using folder = await emptyFolder();
    const agent = join(folder.path, "agent.ts");
    await Bun.write(agent, AGENT);
    const env = { OPENAI_API_KEY: "sk-planted-key", OPENAI_BASE_URL: model.url };
    await using program = await startBinary(["--database-url", "memory:", "--agent", agent], { env });
    try {
      await Promise.all(
        FAULTS.map(async ([, script, code, reason, cause, onPage]) => {
          const told = await ask(program, script);
          expectStory(told, code, reason, cause);
          expect(told.error).toMatchObject(onPage);
        }),
      );
      const cut = await ask(program, { turns: [[{ text: "Once upon a time" }, { abort: true }]] });
      expectStory(cut, "model_unavailable", "broke_off", /broke off|closed/i);
      expect(texts(cut.events)[0]).toStartWith("Once ");
      expect(cut.error).toMatchObject(AGAIN);
    } finally {
      await model.stop();
    }
    const away = await ask(program, { turns: [[{ text: "never said" }]] });
    expectStory(away, "model_unavailable", "unreachable", /OPENAI_BASE_URL.*ECONNREFUSED/);
    expect(away.error).toMatchObject(AGAIN);
    // Frames lead to the source, with the names that are written there.
    expect(JSON.stringify(away.failures)).toMatch(/at runInBursts \(src\/agents\/stream-run\.ts:\d+/);
    expect(program.output.stderr).not.toContain("planted");
  });
});
