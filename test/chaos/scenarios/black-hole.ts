import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { newDatabase } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { NetworkPath } from "../network-path.ts";
import { ask } from "../reader.ts";
import { rounded, World, type Figures } from "../world.ts";

const POOL = 10;

/**
 * The network to PostgreSQL swallows everything for a while: requests begun before and during that time all end, soon and with
 * what a client may retry; afterwards no more connections are open than before.
 */
export async function blackHole({ rounds = 1, silentMs = 11_000, streams = 10 } = {}): Promise<Figures> {
  const url = await newDatabase();
  const path = await NetworkPath.to(Number(new URL(url).port));
  const figures = { rounds, requests: 0, longest_ms: 0, machine_ms: 0, unexpected: "", normal_after_ms: 0, connections: 0, leaked: 0 };
  try {
    await using world = await World.open("postgres", url);
    const program = await world.start(["--database-pool-size", String(POOL)], { DATABASE_URL: path.through(url) });
    for (let round = 0; round < rounds; round++) {
      // Its first request needs more of the database than the next ones.
      const fresh = await world.start([], { DATABASE_URL: path.through(url), CHATKIT_ATTACHMENTS: `disk:${world.folder}/files` });
      // Streams whose answers are complete just after nobody hears of it any more, and then requests of all kinds.
      const begun = Array.from({ length: streams }, (_, i) => timed(program, "threads.create", long(1000 + i * 20)));
      await Bun.sleep(950);
      path.silent = true;
      const silentAt = performance.now();
      const during = [timed(fresh, "threads.create", long(10))];
      // Answered without the database: how long this busy machine takes by itself.
      const none: Promise<Timed>[] = [];
      while (performance.now() - silentAt < silentMs - 500) {
        during.push(timed(program, "threads.list", {}), timed(program, "threads.create", long(10)));
        during.push(timed(program, "threads.get_by_id", { thread_id: "thr_1" }));
        none.push(timed(program, "nothing", {}));
        await Bun.sleep(300);
      }
      await Bun.sleep(500);
      await during[0];
      await fresh.end("SIGKILL");
      path.silent = false;
      const backAt = performance.now();
      await until(async () => ((await timed(program, "threads.create", long(0))).outcome === "done" ? true : undefined), 30_000);
      figures.normal_after_ms = Math.max(figures.normal_after_ms, rounded(performance.now() - backAt));
      for (const one of await Promise.all(begun)) add(figures, one, silentAt);
      for (const one of await Promise.all(during)) add(figures, one);
      figures.machine_ms = Math.max(figures.machine_ms, ...(await Promise.all(none)).map((one) => Math.max(...waits(one))));
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

/** `heardAt`: when it began, each event came, and it ended. */
type Timed = { heardAt: number[]; outcome: string };

async function timed(program: Program, type: string, params: object): Promise<Timed> {
  const heardAt = [performance.now()];
  const hear = () => void heardAt.push(performance.now());
  const outcome = await outcomeOf(program, type, params, hear);
  hear();
  return { heardAt, outcome };
}

async function outcomeOf(program: Program, type: string, params: object, hear: () => void): Promise<string> {
  try {
    const response = await ask(program, type, params);
    if (response.headers.get("content-type") !== "text/event-stream") {
      const body = await response.text();
      const isRetryable = response.status === 503 && response.headers.has("retry-after");
      return response.ok || isRetryable || response.status === 404 ? "ended" : `${type} ${response.status} ${body}`;
    }
    const errors: boolean[] = [];
    for await (const event of eventsOf(response)) {
      hear();
      if (event.type === "error") errors.push(event.allow_retry);
    }
    return errors.length === 0 ? "done" : errors.every(Boolean) ? "ended" : `${type} cannot be retried`;
  } catch (error) {
    return `${type} ${String(error)}`;
  }
}

/** What counts is how long somebody hears nothing: an answer that begins after that takes as long as the model takes. */
function add(figures: { requests: number; longest_ms: number; unexpected: string }, { heardAt, outcome }: Timed, since = 0): void {
  figures.requests++;
  figures.longest_ms = Math.max(figures.longest_ms, ...waits({ heardAt }, since));
  if (outcome !== "done" && outcome !== "ended") figures.unexpected ||= outcome;
}

function waits({ heardAt }: Pick<Timed, "heardAt">, since = 0): number[] {
  return heardAt.slice(1).map((at, i) => rounded(at - Math.max(since, heardAt[i]!)));
}
