import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import postgres from "postgres";
import type { SentEvent } from "../../src/protocol/events.ts";
import { say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, runBinary, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { SessionServer } from "../support/mcp-session-server.ts";
import type { Script } from "../support/model-script.ts";
import { newDatabase } from "../support/postgres.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

/** A day of faults: for each of them one line in the log, which names the cause, the thread and the request, and the right thing on the page. */

setDefaultTimeout(90_000);
beforeAll(binary);

const AGENT = `
  import { Agent, tool } from "@openai/agents";
  import { AgentServer } from "chatkit-server";
  import { z } from "zod";
  const execute = () => {
    throw new Error("the printer is on fire");
  };
  const print = tool({ name: "print", description: "Prints.", parameters: z.object({}), execute });
  export default class extends AgentServer {
    constructor(ports) {
      super(ports, { agent: new Agent({ name: "Assistant", tools: [print] }), timeoutMs: 4000 });
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

/** One warning that names the tool, and an answer that was given all the same; on the page the tool has failed. */
function expectFailedTool({ threadId, events, error, lines, failures }: Told, names: object, cause: RegExp): void {
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({ level: "warn", msg: "a tool failed", ...names, thread_id: threadId, client_ip: "127.0.0.1" });
  expect(JSON.stringify(failures[0])).toMatch(cause);
  expect(lines.find(({ msg }) => msg === "agent run")).toMatchObject({ outcome: "completed", thread_id: threadId });
  expect(error).toBeUndefined();
  expect(JSON.stringify(events)).toContain('"content":"Failed."');
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
      const thrown = await ask(program, { turns: [[{ tool: "print" }], [{ text: "It did not print." }]] });
      expectFailedTool(thrown, { tool: "print", agent: "Assistant" }, /the printer is on fire.*agent\.ts:\d+/);
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

  test("of an MCP server and an HTTP tool: each is one line with its cause, thread and request, and the answer goes on", async () => {
    const model = new ResponsesServer();
    const desk = new SessionServer().start();
    const shop = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("no such order", { status: 404 }) });
    await using folder = await emptyFolder();
    await Bun.write(
      join(folder.path, "agent.yaml"),
      `name: Desk
instructions: Help.
tools:
  - { type: http, name: find_order, description: Finds., url: "http://127.0.0.1:${shop.port}/orders" }
mcp_servers:
  - { name: desk, url: "${desk.url}", timeout_ms: 3000 }
`,
    );
    const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
    await using program = await startBinary(["--database-url", "memory:", "--agent", join(folder.path, "agent.yaml")], { env });
    try {
      const call = (tool: string) => ask(program, { turns: [[{ tool, args: { text: "x" } }], [{ text: "That did not work." }]] });
      expectFailedTool(await call("find_order"), { tool: "find_order", agent: "Desk" }, /404/);
      await desk.stop();
      expectFailedTool(await call("echo"), { tool: "echo", agent: "Desk" }, /desk|connect/i);
      desk.start();
      const back = await until(async () => ((await call("echo")).failures.length === 0 ? true : undefined), 30_000);
      expect(back).toBe(true);
      const told = program.output.stderr.split("\n").filter((line) => line.includes('"mcp_server":"desk"')).map((line) => (JSON.parse(line) as Line).msg);
      expect(told).toEqual(["an MCP server is gone: it will be connected again", "an MCP server is back"]);
    } finally {
      await desk.stop();
      await shop.stop(true);
      await model.stop();
    }
  });

  test("of the database: a login that is refused is told apart from a server that is not there", async () => {
    const url = new URL(await newDatabase());
    const role = `app_${crypto.randomUUID().replaceAll("-", "")}`;
    const admin = postgres(url.href, { max: 1, onnotice: () => {} });
    await admin.unsafe(`create role ${role} superuser login`);
    url.username = role;
    try {
      await using program = await startBinary([], { env: { DATABASE_URL: url.href } });
      const { threadId } = await ask(program, { turns: [] });
      await admin.unsafe(`alter role ${role} nologin`);
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`;
      const response = await program.post({ type: "threads.get_by_id", params: { thread_id: threadId } });
      expect([response.status, response.headers.has("retry-after")]).toEqual([503, true]);
      const lines = await linesOf(program, response.headers.get("x-request-id") ?? "none");
      const failures = lines.filter(({ level }) => level === "error" || level === "warn");
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({ msg: "a request failed", code: "store_unavailable", reason: "login_refused", thread_id: threadId });
      expect(JSON.stringify(failures[0])).toContain(`role \\"${role}\\" is not permitted to log in`);
      expect(lines.at(-1)).toMatchObject({ msg: "request", status: 503, code: "store_unavailable", reason: "login_refused", thread_id: threadId });
      const refused = await runBinary(["serve", "--port", "0"], { env: { DATABASE_URL: url.href } });
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/login_refused: .*is not permitted to log in/)]);
    } finally {
      await admin.unsafe(`drop owned by ${role} cascade; drop role ${role}`);
      await admin.end();
    }
    const away = await runBinary(["serve", "--port", "0"], { env: { DATABASE_URL: "postgres://app:planted@127.0.0.1:1/none" } });
    expect([away.code, away.stderr]).toEqual([1, expect.stringMatching(/unreachable: .*ECONNREFUSED/)]);
    expect(away.stderr).not.toContain("planted");
  });
});
