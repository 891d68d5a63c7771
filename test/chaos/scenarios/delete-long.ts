import { userInput } from "../../support/chat.ts";
import { say } from "../../support/agent-turn.ts";
import { until } from "../../support/until.ts";
import type { Program } from "../../support/binary.ts";
import { userMessage } from "../../store/rows.ts";
import { ask, Told } from "../reader.ts";
import { rounded, World, type Figures, type Kind } from "../world.ts";

/**
 * A very long thread is deleted by one of two programs, and that one may be killed at the moment when it has said so. The thread is out
 * of sight in both at once, the rows go without holding anybody up, and a program that is left goes on with them.
 */
export async function deleteLong(kind: Kind, { items = 100_000, kill = false } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const [deleter, other] = [await world.start(), await world.start()];
  const told = new Told();
  const input = userInput(say([[{ text: "answer" }]]));
  for (let i = 0; i < 2; i++) await told.read(await ask(deleter, "threads.create", { input }));
  const [long = "", short = ""] = told.threads;
  await world.query(filling(kind, long, items));

  const busy = new Busy(kill ? [other] : [deleter, other], short);
  await Bun.sleep(500);
  const calmMs = busy.longestMs();
  const startedAt = performance.now();
  const deleted = await deleter.post({ type: "threads.delete", params: { thread_id: long } });
  const ackMs = rounded(performance.now() - startedAt);
  const seen = await seenBy(kill ? [other] : [deleter, other], long);
  if (kill) await deleter.end("SIGKILL");
  await until(async () => ((await world.count(`chatkit_items where thread_id = '${long}'`)) === 0 ? true : undefined), 120_000);
  const goneMs = rounded(performance.now() - startedAt);
  await busy.end();
  const rows = kind === "postgres" ? "chatkit_all_threads" : "threads";
  await until(async () => ((await world.count(`${rows} where id = '${long}'`)) === 0 ? true : undefined), 20_000);
  return { items, status: deleted.status, ack_ms: ackMs, seen, gone_ms: goneMs, calm_longest_ms: calmMs, longest_ms: busy.longestMs(), requests: busy.count, failed: busy.failed };
}

/** In one statement; what the database makes of it is a conversation of one message, said again and again. */
function filling(kind: Kind, thread: string, items: number): string {
  const text = JSON.stringify(userMessage(thread, "word ".repeat(60))).replaceAll("'", "''");
  const columns = "chatkit_items (user_id, thread_id, id, position, hidden, pending_call, data)";
  if (kind === "postgres") {
    return `insert into ${columns} select 'local', '${thread}', 'item-' || i, 1000 + i, false, false, '${text}' from generate_series(1, ${items}) as i`;
  }
  return `
    with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < ${items})
    insert into ${columns}
    select 'local', '${thread}', 'item-' || i, 1000 + i, 0, 0, '${text}' from numbers`;
}

async function seenBy(programs: Program[], thread_id: string): Promise<number> {
  let seen = 0;
  for (const program of programs) {
    for (const type of ["threads.get_by_id", "items.list"]) if ((await program.post({ type, params: { thread_id } })).status !== 404) seen++;
    const { data } = await program.ask<{ data: { id: string }[] }>("threads.list", {});
    if (data.some(({ id }) => id === thread_id)) seen++;
  }
  return seen;
}

/** Writes to a thread and looks at the probe, again and again. */
class Busy {
  count = 0;
  failed = 0;
  #longestMs = 0;
  #isOver = false;
  readonly #ended: Promise<void[]>;

  constructor(programs: Program[], thread: string) {
    const write = (program: Program) => program.post({ type: "threads.update", params: { thread_id: thread, title: "title" } });
    const look = (program: Program) => fetch(`${program.url}/livez`);
    this.#ended = Promise.all(programs.flatMap((program) => [this.#repeat(() => write(program)), this.#repeat(() => look(program))]));
  }

  /** Since it was last asked. */
  longestMs(): number {
    const longest = rounded(this.#longestMs);
    this.#longestMs = 0;
    return longest;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #repeat(request: () => Promise<Response>): Promise<void> {
    while (!this.#isOver) {
      const started = performance.now();
      const response = await request();
      await response.arrayBuffer();
      this.#longestMs = Math.max(this.#longestMs, performance.now() - started);
      this.count++;
      if (!response.ok) this.failed++;
      await Bun.sleep(5);
    }
  }
}
