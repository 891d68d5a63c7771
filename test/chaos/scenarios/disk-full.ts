import type { ThreadItem } from "../../../src/protocol/items.ts";
import { say } from "../../support/agent-turn.ts";
import type { Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { smallDisk } from "../small-disk.ts";
import { bytesOf, itemsOf, rounded, World, type Figures } from "../world.ts";

/**
 * The disk under SQLite fills up while many write, and gets room again. Each is told exactly whether its message is stored; what is
 * there can be read; `/readyz` says what is wrong for as long as it is, and takes it back by itself.
 */
export async function diskFull({ clients = 30, fullMs = 7000 } = {}): Promise<Figures> {
  const disk = smallDisk();
  try {
    await using world = await World.open("sqlite", `sqlite:${disk.folder}/chat.db`);
    const program = await world.start();
    const { pid } = program.child;
    const told = new Told();
    const writers = new Writers(program, told, clients);
    await until(async () => (told.done.length > 2 * clients ? true : undefined), 20_000);
    disk.fill(pid);
    const failing = await until(async () => (writers.failed > 0 ? readiness(program) : undefined), 20_000);
    const samples = await sampled(program, fullMs);
    const reads = await Promise.allSettled([...told.threads].slice(0, 10).map((id) => itemsOf(program, id)));
    disk.free(pid);
    const freedAt = performance.now();
    await until(async () => ((await readiness(program)).status === 200 ? true : undefined), 15_000);
    const readyMs = rounded(performance.now() - freedAt);
    const before = told.done.length;
    await Bun.sleep(1000);
    await writers.end();
    const notReady = samples.filter(({ status, detail }) => status === 503 && detail === disk.says).length;
    const unreadable = reads.filter(({ status }) => status === "rejected").length;
    const seen = { failed: writers.failed, unexpected: writers.unexpected, unreadable, not_ready: notReady, looked: samples.length };
    const exact = await compare(program, told);
    return { told: told.done.length, after: told.done.length - before, ...seen, ...exact, says: failing.detail, ready_again_ms: readyMs };
  } finally {
    disk.remove();
  }
}

/** Write one message after another, each into a thread of its own, until they are told to end. */
class Writers {
  failed = 0;
  unexpected = "";
  #isOver = false;
  readonly #ended: Promise<void[]>;

  constructor(
    private readonly program: Program,
    private readonly told: Told,
    count: number,
  ) {
    this.#ended = Promise.all(Array.from({ length: count }, () => this.#write()));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #write(): Promise<void> {
    const input = userInput(`${"x".repeat(Math.random() * 4000)} ${say([[{ text: "answer" }]])}`);
    while (!this.#isOver) {
      const response = await ask(this.program, "threads.create", { input });
      const errors = this.told.errors.length;
      if (response.ok && (await this.told.read(response)) === "done") continue;
      this.failed++;
      const retryable = response.ok ? this.told.errors.slice(errors).every((error) => error.allow_retry) : response.status === 503;
      if (!retryable) this.unexpected = `${response.status}`;
      await Bun.sleep(20);
    }
  }
}

type Readiness = { status: number; detail: string };

async function readiness(program: Program): Promise<Readiness> {
  const response = await fetch(`${program.url}/readyz`);
  const { detail = "" } = (await response.json()) as { detail?: string };
  return { status: response.status, detail };
}

async function sampled(program: Program, forMs: number): Promise<Readiness[]> {
  const samples: Readiness[] = [];
  for (const until = performance.now() + forMs; performance.now() < until; await Bun.sleep(100)) samples.push(await readiness(program));
  return samples;
}

/** People's messages: what of an answer was cut off may be stored without anybody having been told that it is done. */
async function compare(program: Program, told: Told): Promise<Record<string, number>> {
  const stored = new Map<string, string>();
  for (const thread of await allThreads(program)) {
    for (const item of await itemsOf(program, thread)) if (item.type === "user_message") stored.set(item.id, bytesOf(item));
  }
  const messages = told.done.filter((item) => item.type === "user_message");
  const wrong = (item: ThreadItem) => stored.get(item.id) !== bytesOf(item);
  const ids = new Set(messages.map(({ id }) => id));
  return { told_not_stored: messages.filter(wrong).length, stored_not_told: [...stored.keys()].filter((id) => !ids.has(id)).length };
}

async function allThreads(program: Program): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await program.ask<{ data: { id: string }[]; has_more: boolean; after?: string }>("threads.list", { limit: 100, ...(after && { after }) });
    ids.push(...page.data.map(({ id }) => id));
    if (!page.has_more) return ids;
    after = page.after;
  }
}
