import { join } from "node:path";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import type { Program } from "../../support/binary.ts";
import { rounded, World, type Figures } from "../world.ts";

const FLOODING = join(import.meta.dir, "../../support/mcp-flood.ts");

/** An MCP server that sends without end: others are answered at once, its tool as well, and its errors do not fill the log. */
export async function mcpFlood(kind: string, { floodMs = 1000 } = {}): Promise<Figures> {
  await using world = await World.open("sqlite");
  const file = `name: A\ninstructions: B\nmcp_servers:\n  - { name: flood, command: ${process.execPath}, args: [${FLOODING}, ${kind}] }\n`;
  const program = await world.start(["--agent", await world.file("agent.yaml", file), "--model", "demo"], { LOG_LEVEL: "debug" });
  const call = async () => JSON.stringify(await program.events("threads.create", { input: userInput("echo") })).includes("echo: echo");
  if (!(await call())) throw new Error("the tool does not answer before there is a flood");
  const waits = await livezWaits(program, floodMs);
  const began = performance.now();
  const answered = Number(await call());
  const lines = program.output.stderr.split("\n").filter((line) => line.includes('"mcp_server"')).length;
  return { looked: waits.length, ...spread(waits), answered, tool_ms: rounded(performance.now() - began), lines };
}

/**
 * Requests without an identity, as fast as they go: each is refused, after so many in a minute by being told to come again; one line for
 * each reason tells of them all, and others are answered.
 */
export async function refusedFlood({ requests = 2000, atOnce = 50 } = {}): Promise<Figures> {
  await using world = await World.open("sqlite");
  const program = await world.start(["--auth", "jwt"], { CHATKIT_JWT_SECRET: "x".repeat(40), LOG_LEVEL: "warn" });
  let sent = 0;
  const statuses = new Map<number, number>();
  const one = async () => {
    while (sent < requests) {
      const headers = sent++ % 2 ? { authorization: "Bearer e30.e30.AAAA" } : undefined;
      const { status } = await program.post("{}", headers && { headers });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const flood = Promise.all(Array.from({ length: atOnce }, one));
  const waits = await livezWaits(program, 1000);
  await flood;
  const audited = () => program.output.stderr.split("\n").filter((line) => line.includes('"category":"audit"')).length;
  await until(async () => (audited() > 0 ? true : undefined));
  const [unknown = 0, limited = 0] = [statuses.get(401), statuses.get(429)];
  return { requests, not_refused: sent - unknown - limited, unknown, lines: audited(), ...spread(waits) };
}

/** How long `/livez` took, each time less what a bare server took right before: on a busy machine everybody waits. */
async function livezWaits(program: Program, forMs: number): Promise<number[]> {
  using bare = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("ok") });
  const waits: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end; await Bun.sleep(10)) {
    const machine = await wait(bare.url.href);
    waits.push((await wait(`${program.url}/livez`)) - machine);
  }
  return waits.sort((a, b) => a - b);
}

async function wait(url: string): Promise<number> {
  const began = performance.now();
  await (await fetch(url)).text();
  return performance.now() - began;
}

function spread(sorted: number[]): Figures {
  const at = (part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]! * 10) / 10;
  return { livez_p50_ms: at(0.5), livez_p99_ms: at(0.99), livez_max_ms: at(1) };
}
