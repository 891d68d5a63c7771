/**
 * What the bridge costs: CPU per text delta of a run that is only drained, and of one drained through streamAgentResponse.
 * The model server is a process of its own.   bun test/bench/bridge.ts [deltas]
 */
import { streamAgentResponse } from "../../src/agents/response/stream-agent-response.ts";
import { assistant, runnerFor, say } from "../support/agent-turn.ts";
import { chat } from "../support/chat-context.ts";
import { ResponsesServer } from "../support/responses-server.ts";

const DELTAS = Number(process.argv[2] ?? 2_000);
const ROUNDS = 7;

if (process.argv[2] === "serve") {
  const server = new ResponsesServer();
  console.log(server.url);
  process.on("disconnect", () => process.exit(0));
} else {
  await main();
}

async function main(): Promise<void> {
  const child = Bun.spawn([process.execPath, import.meta.path, "serve"], { stdout: "pipe", ipc: () => {} });
  const { value } = await child.stdout.getReader().read();
  const runner = runnerFor({ url: new TextDecoder().decode(value).trim() } as ResponsesServer);
  const agent = assistant();
  const prompt = say([[{ text: "word ".repeat(DELTAS) }]]);

  const bare = async () => {
    const { context } = await chat();
    for await (const _ of await runner.run(agent, prompt, { stream: true, context }));
  };
  const bridged = async () => {
    const { context } = await chat();
    for await (const _ of streamAgentResponse(context, await runner.run(agent, prompt, { stream: true, context })));
  };
  for (const streams of [1, 50]) {
    const perDelta = { bare: [] as number[], bridged: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, work] of [["bare", bare], ["bridged", bridged]] as const) {
        const us = await cpuOf(() => Promise.all(Array.from({ length: streams }, work)));
        if (round > 0) perDelta[name].push(us / (streams * DELTAS));
      }
    }
    const [before, after] = [median(perDelta.bare), median(perDelta.bridged)];
    const ratio = (after / before).toFixed(2);
    console.log(`${streams} × ${DELTAS} deltas: bare ${before.toFixed(2)} µs, bridged ${after.toFixed(2)} µs a delta, ratio ${ratio}`);
  }
  child.kill();
}

/** Microseconds of CPU, of all threads. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  Bun.gc(true);
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
