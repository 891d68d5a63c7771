import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../support/until.ts";
import { Connections } from "../connections.ts";
import { rounded, World, type Figures, type Kind } from "../world.ts";

const BODY = { type: "threads.list", params: {} };

/** @property loadMs how long the agent takes to load: a worker answers at once as soon as it has the port */
type Options = { rounds?: number; workers?: number; bare?: boolean; how?: "rotation" | "SIGTERM" | "SIGINT"; loadMs?: number };

const agentThatLoads = (ms: number) => `import { ChatKitServer } from "chatkit-server";
await new Promise((resolve) => setTimeout(resolve, ${ms}));
export default class extends ChatKitServer {
  async *respond() {}
}
`;

/**
 * Workers are replaced one after another, again and again, while requests come over connections that are kept and over new ones: by a
 * rotation, or because somebody sends each of them a signal. Beside it what the same costs with bare servers, which just stop.
 */
export async function rollingRestart(kind: Kind, { rounds = 1, workers = 2, bare = true, how = "rotation", loadMs = 0 }: Options = {}): Promise<Figures> {
  const figures = bare ? { bare_reset: await bareResets(rounds * workers, workers) } : {};
  await using world = await World.open(kind);
  const agent = loadMs > 0 ? ["--agent", await world.file("agent.ts", agentThatLoads(loadMs))] : [];
  const program = await world.start(["--workers", String(workers), ...agent], { LOG_LEVEL: "info" });
  const connections = new Connections(program.url, BODY);
  await Bun.sleep(500);
  const listening = () => program.output.stderr.match(/"msg":"listening"/g)?.length ?? 0;
  const stopped = () => program.output.stderr.match(/"msg":"stopped"/g)?.length ?? 0;
  for (let round = 1; round <= rounds; round++) {
    const gone = (count: number) => until(async () => (listening() === workers + count && stopped() === count ? true : undefined), 60_000);
    if (how === "rotation") program.child.kill("SIGHUP");
    else {
      for (const [i, pid] of childrenOf(program.child.pid).entries()) {
        process.kill(pid, how);
        await gone((round - 1) * workers + i + 1);
      }
    }
    await gone(round * workers);
  }
  await connections.end();
  const { fresh, kept, ended, longestMs } = connections;
  const outcomes = { fresh: fresh.ok, fresh_refused: fresh.refused, fresh_reset: fresh.reset, kept: kept.ok, kept_refused: kept.refused, kept_reset: kept.reset };
  return { rounds, workers, ...outcomes, ended, longest_ms: rounded(longestMs), ...figures, exit_code: await program.end("SIGTERM") };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

/** How many new connections are reset when that many bare servers are replaced in the same way. */
async function bareResets(replacements: number, workers: number): Promise<number> {
  const free = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = free;
  await free.stop(true);
  const start = async () => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "../bare-worker.ts"), String(port)], { stdout: "pipe" });
    await child.stdout.getReader().read();
    return child;
  };
  const running = await Promise.all(Array.from({ length: workers }, start));
  const connections = new Connections(`http://127.0.0.1:${port}`, BODY);
  await Bun.sleep(500);
  for (let i = 0; i < replacements; i++) {
    running.push(await start());
    const last = running.shift()!;
    last.kill("SIGTERM");
    await last.exited;
    await Bun.sleep(200);
  }
  await connections.end();
  for (const child of running) child.kill("SIGKILL");
  return connections.fresh.reset + connections.fresh.refused;
}
