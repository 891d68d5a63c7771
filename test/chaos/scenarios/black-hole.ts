import { say } from "../../support/agent-turn.ts";
import type { Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { newDatabase } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { NetworkPath } from "../network-path.ts";
import { ask, Told } from "../reader.ts";
import { rounded, World, type Figures } from "../world.ts";

const POOL = 10;

/**
 * The network to PostgreSQL swallows everything for a while: requests begun before and during that time all end, soon and with
 * what a client may retry; afterwards no more connections are open than before.
 */
export async function blackHole({ rounds = 1, silentMs = 11_000, streams = 10 } = {}): Promise<Figures> {
  const url = await newDatabase();
  const path = await NetworkPath.to(Number(new URL(url).port));
  const figures = { rounds, requests: 0, longest_ms: 0, unexpected: "", normal_after_ms: 0, connections: 0, leaked: 0 };
  try {
    await using world = await World.open("postgres", url);
    const program = await world.start(["--database-pool-size", String(POOL)], { DATABASE_URL: path.through(url) });
    for (let round = 0; round < rounds; round++) {
      // Streams whose answers are complete just after nobody hears of it any more, and then requests of all kinds.
      const begun = Array.from({ length: streams }, (_, i) => timed(program, "threads.create", long(1000 + i * 20)));
      await Bun.sleep(950);
      path.silent = true;
      const silentAt = performance.now();
      const during: Promise<Timed>[] = [];
      while (performance.now() - silentAt < silentMs - 500) {
        during.push(timed(program, "threads.list", {}), timed(program, "threads.create", long(10)));
        during.push(timed(program, "threads.get_by_id", { thread_id: "thr_1" }));
        await Bun.sleep(300);
      }
      await Bun.sleep(500);
      path.silent = false;
      const backAt = performance.now();
      await until(async () => ((await timed(program, "threads.create", long(0))).outcome === "done" ? true : undefined), 30_000);
      figures.normal_after_ms = Math.max(figures.normal_after_ms, rounded(performance.now() - backAt));
      for (const one of await Promise.all(begun)) add(figures, one, one.endedAt - silentAt);
      for (const one of await Promise.all(during)) add(figures, one, one.endedAt - one.startedAt);
    }
    // Lanes that were given up let their last statements end before they go.
    await until(async () => (path.clients.size <= POOL ? true : undefined), 15_000).catch(() => {});
    figures.connections = await world.count(`pg_stat_activity where application_name = 'chatkit-server' and datname = current_database()`);
    figures.leaked = Math.max(0, figures.connections - POOL, path.clients.size - POOL);
    return figures;
  } finally {
    path.close();
  }
}

const long = (delay: number) => ({ input: userInput(say({ turns: [[{ sleep: delay }, { text: "an answer" }]] })) });

type Timed = { startedAt: number; endedAt: number; outcome: string };

async function timed(program: Program, type: string, params: object): Promise<Timed> {
  const startedAt = performance.now();
  return { startedAt, outcome: await outcomeOf(program, type, params), endedAt: performance.now() };
}

async function outcomeOf(program: Program, type: string, params: object): Promise<string> {
  try {
    const response = await ask(program, type, params);
    if (response.headers.get("content-type") !== "text/event-stream") {
      const body = await response.text();
      const isRetryable = response.status === 503 && response.headers.has("retry-after");
      return response.ok || isRetryable || response.status === 404 ? "ended" : `${type} ${response.status} ${body}`;
    }
    const told = new Told();
    if ((await told.read(response)) === "done") return "done";
    return told.errors.every((error) => error.allow_retry) ? "ended" : `${type} ${JSON.stringify(told.errors)}`;
  } catch (error) {
    return `${type} ${String(error)}`;
  }
}

function add(figures: { requests: number; longest_ms: number; unexpected: string }, { outcome }: Timed, ms: number): void {
  figures.requests++;
  figures.longest_ms = Math.max(figures.longest_ms, rounded(ms));
  if (outcome !== "done" && outcome !== "ended") figures.unexpected ||= outcome;
}
