import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { SentEvent } from "../../src/protocol/events.ts";
import { failureOf } from "../../src/agents/activity/call-failure.ts";
import { failedCalls, noteOutcome } from "../../src/agents/tool-outcome.ts";
import type { OutputSpec } from "../support/model-script.ts";
import { tool } from "../support/plain-packages.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

setDefaultTimeout(30_000);

const MCP_SCRIPT = join(import.meta.dir, "../support/mcp-server.ts");
let folder: string;
let shop: ServedAgent;
let orders: Bun.Server<undefined>;

const MODULE = `
import { Agent, MCPServerStdio, tool } from "@openai/agents";
import { z } from "zod";
const nothing = z.object({});
const server = new MCPServerStdio({ name: "own", command: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(MCP_SCRIPT)}], env: { MCP_TOOLS: "echo,fails" } });
await server.connect();
const make = (name, execute, more = {}) => tool({ name, description: "", parameters: nothing, execute, ...more });
const deny = (run) => ({ name: "deny", run });
const inner = new Agent({ name: "Inner", instructions: "inner agent", tools: [make("deep", () => { throw new Error("deep trouble") })] });
export default new Agent({
  name: "Shop",
  instructions: "outer agent",
  mcpServers: [server],
  tools: [
    make("works", () => "fine"),
    make("quotes", () => "An error occurred while running the tool. Please try again."),
    make("throws", () => { throw new TypeError("no database") }),
    make("explains", () => { throw new Error("no stock") }, { errorFunction: () => "Tell them to wait." }),
    make("slow", () => new Promise((resolve) => setTimeout(resolve, 5000)), { timeoutMs: 20 }),
    tool({ name: "strict", description: "", parameters: z.object({ n: z.number() }), execute: ({ n }) => String(n) }),
    make("guarded", () => "secret", { outputGuardrails: [{ type: "tool_output", name: "g", run: async () => ({ behavior: { type: "rejectContent", message: "Not for you." }, outputInfo: {} }) }] }),
    inner.asTool({ toolName: "ask_inner", toolDescription: "" }),
  ],
});
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tool-outcome-"));
  await Bun.write(join(folder, "agent.ts"), MODULE);
  shop = await serveAgent(join(folder, "agent.ts"));
  orders = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("no such order", { status: 404 }) });
});
afterAll(async () => {
  await shop.stop();
  await orders.stop(true);
  await rm(folder, { recursive: true });
});

const script = (turns: OutputSpec[][]) => `[[fake:${JSON.stringify({ turns })}]]`;

/** What the page shows of the call, and what the log says of it. */
async function calling(served: ServedAgent, name: string, args: object = {}) {
  served.lines.length = 0;
  const sent: SentEvent[] = await served.page().say(script([[{ tool: name, args }], [{ text: "done" }]]));
  const workflow = sent.flatMap((event) => (event.type === "thread.item.done" && event.item.type === "workflow" ? [event.item.workflow] : []))[0];
  const [task] = workflow?.tasks ?? [];
  const warnings = served.lines.filter(({ level, message }) => level === "warn" && message === "a tool failed");
  return { shown: task?.type === "custom" ? (task.content ?? task.status_indicator) : undefined, warnings: warnings.map(({ fields }) => fields as Record<string, any>) };
}

describe("a call of a tool", () => {
  test.each(["works", "quotes", "echo"])("that worked is shown as complete, whatever it says: %s", async (name) => {
    expect(await calling(shop, name, { text: "hi" })).toEqual({ shown: "complete", warnings: [] });
  });

  test.each([
    ["throws", {}, "it threw an error"],
    ["explains", {}, "it threw an error"],
    ["slow", {}, "it had no answer in time"],
    ["strict", { n: "seven" }, "it was refused before it ran"],
    ["guarded", {}, "a guardrail has refused its output"],
    ["fails", { text: "x" }, "it threw an error"],
  ])("that failed is shown so, and is one line of the log: %s", async (name, args, reason) => {
    const { shown, warnings } = await calling(shop, name, args);
    expect(shown).toBe("Failed.");
    expect(warnings).toMatchObject([{ tool: name, agent: "Shop", reason, thread_id: expect.any(String), request_id: expect.any(String), user_id: "ada" }]);
  });

  test("that threw is logged with the error and its stack", async () => {
    const { warnings } = await calling(shop, "throws");
    expect(warnings[0]!["err"]).toBeInstanceOf(TypeError);
    expect(warnings[0]!["err"].stack).toContain("agent.ts");
  });

  test("inside an agent that is used as a tool is logged as well", async () => {
    const { warnings } = await calling(shop, "ask_inner", { input: script([[{ tool: "deep" }], [{ text: "sorry" }]]) });
    expect(warnings).toMatchObject([{ tool: "deep", err: expect.objectContaining({ message: "deep trouble" }) }]);
  });

  test("of an agent file that got an HTTP error is logged without what was said", async () => {
    const file = join(folder, "agent.yaml");
    await Bun.write(file, `name: A\ninstructions: B\ntools:\n  - { type: http, name: get_order, description: "", url: "http://127.0.0.1:${orders.port}/o" }\n`);
    const served = await serveAgent(file);
    try {
      const { shown, warnings } = await calling(served, "get_order");
      expect(shown).toBe("Failed.");
      expect(warnings).toMatchObject([{ tool: "get_order", agent: "A", err: expect.objectContaining({ message: "HTTP 404" }) }]);
      expect(JSON.stringify(warnings.map(({ err, ...rest }) => [rest, err.message, err.stack]))).not.toContain("no such order");
    } finally {
      await served.stop();
    }
  });
});

describe("a tool of somebody's own program, of whose calls nothing is noted", () => {
  const plain = tool({ name: "t", description: "", parameters: z.object({}), execute: () => "" });
  const item = (output: unknown, executionStatus: string | undefined, tools: object[] = [plain]) =>
    ({ output, executionStatus, rawItem: { type: "function_call_result", name: "t", callId: "c" }, agent: { name: "A", tools, mcpServers: [] } }) as never;

  test("has failed when the SDK has not executed it", () => {
    expect(failureOf({}, item("fine", undefined))).toEqual({ reason: "it was refused before it ran" });
    expect(failureOf({}, item("no tool", undefined, []))).toEqual({ reason: "there is no such tool" });
    expect(failureOf({}, item("fine", "executed"))).toBeUndefined();
  });

  test("is not judged by a call of another tool that has the same id, as servers give them inside an agent that is used as a tool", () => {
    const context = {};
    noteOutcome(context, "c", { state: "returned", output: "deep" }, "inner");
    expect(failureOf(context, item("fine", "executed"))).toBeUndefined();
    noteOutcome(context, "c", { state: "failed", error: new Error("x") }, "inner");
    expect(failureOf(context, item("fine", "executed"))).toBeUndefined();
    expect(failedCalls(context)).toMatchObject([{ callId: "c", tool: "inner" }]);
  });

  test("has failed when its output is what the SDK says then, to the letter", async () => {
    const throwing = tool({ name: "t", description: "", parameters: z.object({}), execute: () => Promise.reject(new Error("x")) });
    const output: unknown = await throwing.invoke({} as never, "{}");
    expect(failureOf({}, item(output, "executed", [throwing]))).toBeDefined();
    expect(failureOf({}, item(`${output} It said.`, "executed"))).toBeUndefined();
  });
});
