import { TestPostgres } from "../../support/postgres.ts";
import type { Program } from "../../support/binary.ts";
import { say } from "../../support/agent-turn.ts";
import { userInput } from "../../support/chat.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, rounded, World, type Figures } from "../world.ts";

const SCRIPT = say({ turns: [[{ text: "some words of an answer" }]], delay: 10 });

/**
 * PostgreSQL is killed under load and comes back, again and again. Nothing that was acknowledged may be lost; meanwhile there is
 * 503 with Retry-After, or an error in the stream that may be retried; no process ends; and soon all is as before.
 */
export async function databaseRestart({ rounds = 1, clients = 12, downMs = 1000 } = {}): Promise<Figures> {
  const server = await TestPostgres.create();
  try {
    await using world = await World.open("postgres", server.url);
    const programs = [await world.start(), await world.start()];
    const seen = new Seen();
    const loads = Array.from({ length: clients }, (_, i) => load(programs[i % 2]!, seen));
    const figures = { rounds, told: 0, lost: 0, refused: 0, unexpected: "", normal_after_ms: 0, crashed: 0 };
    for (let round = 0; round < rounds; round++) {
      await Bun.sleep(1000);
      await server.stop(round % 2 === 0 ? "crash" : "fast");
      await Bun.sleep(downMs * (0.5 + Math.random()));
      await server.start();
      figures.normal_after_ms = Math.max(figures.normal_after_ms, await normalAfter(programs, performance.now()));
    }
    seen.isOver = true;
    await Promise.all(loads);
    figures.crashed = programs.filter(({ child }) => child.exitCode !== null || child.signalCode !== null).length;
    figures.told = seen.told.done.length;
    figures.refused = seen.refused;
    figures.unexpected = [...seen.unexpected].join(" | ");
    figures.lost = await lost(programs[0]!, seen.told);
    return figures;
  } finally {
    await server.stop();
  }
}

export class Seen {
  readonly told = new Told();
  readonly unexpected = new Set<string>();
  refused = 0;
  isOver = false;
}

/** One client: a new thread, another message, a look at both; over and over. */
export async function load(program: Program, seen: Seen): Promise<void> {
  const input = userInput(SCRIPT);
  while (!seen.isOver) {
    const thread_id = await attempt(program, seen, "threads.create", { input });
    if (thread_id) await attempt(program, seen, "threads.add_user_message", { thread_id, input });
    await attempt(program, seen, "threads.list", {});
    await Bun.sleep(5);
  }
}

/** The thread of an answer that was whole. */
async function attempt(program: Program, seen: Seen, type: string, params: object): Promise<string | undefined> {
  try {
    const response = await ask(program, type, params);
    if (response.status === 503 && response.headers.has("retry-after")) seen.refused++;
    else if (response.status !== 200) seen.unexpected.add(`${type} ${response.status} ${await response.text()}`);
    else if (response.headers.get("content-type") === "text/event-stream") {
      const own = new Told();
      const outcome = await own.read(response);
      seen.told.done.push(...own.done);
      for (const error of own.errors) if (!error.allow_retry) seen.unexpected.add(`${type} ${JSON.stringify(error)}`);
      if (outcome === "error") seen.refused++;
      return outcome === "done" ? own.done[0]?.thread_id : undefined;
    }
    await response.body?.cancel();
  } catch (error) {
    seen.unexpected.add(`${type} ${String(error)}`);
  }
  return undefined;
}

/** When both programs last failed, after the database was back: until each has answered ten turns in a row. */
export async function normalAfter(programs: Program[], backAt: number): Promise<number> {
  let normal = backAt;
  for (const program of programs) {
    for (let inRow = 0; inRow < 10; inRow++) {
      const own = new Seen();
      if (await attempt(program, own, "threads.create", { input: userInput(SCRIPT) })) continue;
      inRow = -1;
      normal = performance.now();
    }
  }
  return rounded(normal - backAt);
}

export async function lost(program: Program, told: Told): Promise<number> {
  const stored = new Set<string>();
  for (const threadId of new Set(told.done.map(({ thread_id }) => thread_id))) {
    for (const item of await itemsOf(program, threadId)) stored.add(bytesOf(item));
  }
  return told.done.filter((item) => !stored.has(bytesOf(item))).length;
}
