import { join } from "node:path";
import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import type { Orders } from "../agent.ts";
import { ask, Told } from "../reader.ts";
import { LEASE_MS, World, type Figures, type Kind } from "../world.ts";

const AGENT = ["--agent", join(import.meta.dir, "../agent.ts")];

/**
 * A process is paused past its lease and goes on: its threads are others' by then, and nothing of what it still says is written: no item,
 * no note, no title, no status, no state, whether its readers are still there or not.
 */
export async function pausedOwner(kind: Kind, { rounds = 1, threads = 5 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const figures = { rounds, pauses: rounds * threads, written_late: 0, unanswered: 0, wrong_ends: 0 };
  const other = await world.start();
  for (let round = 0; round < rounds; round++) {
    const owner = await world.start(AGENT);
    const readers = await Promise.all(Array.from({ length: threads }, (_, i) => begin(owner, i % 2 === 0)));
    await Bun.sleep(1200);
    await pause(owner, world);
    await until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), LEASE_MS * 4);
    const input = userInput(say([[{ text: "back" }]]));
    const answer = async (thread_id: string) => new Told().read(await ask(other, "threads.add_user_message", { thread_id, input }));
    const outcomes = await Promise.all(readers.map(({ threadId }) => answer(threadId)));
    figures.unanswered += outcomes.filter((outcome) => outcome !== "done").length;
    const before = await everything(world);
    for (const { leave, leaves } of readers) if (leaves) leave();
    owner.child.kill("SIGCONT");
    // What it has to say would take another second.
    const ends = await Promise.all(readers.map(({ ended, leaves }) => (leaves ? "left" : Promise.race([ended, Bun.sleep(20_000).then(() => "none")]))));
    figures.wrong_ends += ends.filter((end) => end !== "left" && end !== "one retryable error").length;
    await Bun.sleep(1500);
    const after = await everything(world);
    for (const [row, data] of after) if (before.get(row) !== data) figures.written_late++;
    figures.written_late += [...before.keys()].filter((row) => !after.has(row)).length;
    await owner.end("SIGKILL");
  }
  return figures;
}

/** Stops it between two writes: SQLite's lock would else stay with it, for everybody. */
async function pause(owner: Program, world: World): Promise<void> {
  for (;;) {
    owner.child.kill("SIGSTOP");
    if (await world.isWritable()) return;
    owner.child.kill("SIGCONT");
    await Bun.sleep(Math.random() * 20);
  }
}

async function begin(owner: Program, leaves: boolean) {
  const orders: Orders = { words: 60, everyMs: 30, byItself: true };
  const leaving = new AbortController();
  const body = { type: "threads.create", params: { input: userInput(JSON.stringify(orders)) } };
  const response = await owner.post(body, { signal: leaving.signal });
  const events = eventsOf(response);
  const first = (await events.next()).value;
  if (first?.type !== "thread.created") throw new Error("not begun");
  const ended = (async () => {
    const errors: boolean[] = [];
    for await (const event of events) if (event.type === "error") errors.push(event.allow_retry);
    return errors.join() === "true" ? "one retryable error" : `errors: ${errors.join()}`;
  })().catch((error: unknown) => String(error));
  return { threadId: first.thread.id, leaves, leave: () => leaving.abort(), ended };
}

/** Every row that an answer can write to, by its key. */
async function everything(world: World): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for (const { id, data } of await world.query<{ id: string; data: unknown }>("select id, data from chatkit_threads")) rows.set(id, text(data));
  const items = await world.query<{ thread_id: string; id: string; data: unknown }>("select thread_id, id, data from chatkit_items");
  for (const { thread_id, id, data } of items) rows.set(`${thread_id} ${id}`, text(data));
  const states = await world.query<{ thread_id: string; state: string }>("select thread_id, state from chatkit_run_states");
  for (const { thread_id, state } of states) rows.set(`${thread_id} state`, state);
  return rows;
}

const text = (data: unknown) => (typeof data === "string" ? data : JSON.stringify(data));
