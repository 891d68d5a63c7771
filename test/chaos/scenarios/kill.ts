import type { Program } from "../../support/binary.ts";
import { say } from "../../support/agent-turn.ts";
import { textOf, userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, LEASE_MS, rounded, World, type Figures, type Kind } from "../world.ts";

/**
 * kill -9 under streams, again and again. What clients were told is done has to be there, once and byte for byte; of what they
 * saw coming the last second may be missing; and every thread is free again within two leases.
 */
export async function kill(kind: Kind, { rounds = 1, streams = 40, runMs = 2000 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const wrong = { missing: 0, different: 0, duplicates: 0, stuck: 0 };
  const figures = { rounds, streams, told: 0, ...wrong, partial: 0, partial_lost_ms: 0, freed_ms: 0 };
  for (let round = 0; round < rounds; round++) {
    const told = new Told();
    const program = await world.start();
    const clients = Array.from({ length: streams }, (_, i) => talk(program, told, i));
    // The long answers have begun, however busy the machine is: those are what is to be cut off.
    await until(async () => (told.open.size >= Math.ceil(streams / 2) ? true : undefined), 30_000);
    await Bun.sleep(runMs + Math.random() * 1000);
    const killedAt = performance.now();
    await program.end("SIGKILL");
    await Promise.all(clients);
    const next = await world.start();
    // From here on somebody is there who can free the threads; how long a program takes to start on a busy machine is another matter.
    const thereAt = performance.now();
    await until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), LEASE_MS * 4);
    figures.freed_ms = Math.max(figures.freed_ms, rounded(performance.now() - thereAt));
    await compare(next, told, killedAt, figures);
    figures.stuck += await stuck(next, told);
    await next.end("SIGTERM");
  }
  return figures;
}

/** Writes messages and reads answers until it is cut off: some come at once, some take longer than the program lives. */
async function talk(program: Program, told: Told, number: number): Promise<void> {
  const isLong = number % 2 === 0;
  const script = isLong ? say({ turns: [[{ text: "word ".repeat(5000) }]], delay: 20 }) : say([[{ text: "quick answer" }]]);
  try {
    for (;;) await told.read(await ask(program, "threads.create", { input: userInput(`${number} ${script}`) }));
  } catch {
    // Cut off: the program is dead.
  }
}

async function compare(program: Program, told: Told, killedAt: number, figures: Record<string, number>): Promise<void> {
  const stored = new Map<string, string>();
  for (const threadId of told.threads) {
    for (const item of await itemsOf(program, threadId)) {
      if (stored.has(item.id)) figures["duplicates"]!++;
      stored.set(item.id, bytesOf(item));
    }
  }
  figures["told"]! += told.done.length;
  figures["duplicates"]! += told.done.length - new Set(told.done.map(({ id }) => id)).size;
  for (const item of told.done) {
    const kept = stored.get(item.id);
    if (kept === undefined) figures["missing"]!++;
    else if (kept !== bytesOf(item)) figures["different"]!++;
  }
  for (const { itemId, pieces } of told.open.values()) {
    const item = stored.get(itemId);
    const kept = item === undefined ? "" : textOf(JSON.parse(item));
    const seen = pieces.map(({ text }) => text).join("");
    if (!seen.startsWith(kept) && !kept.startsWith(seen)) figures["different"]!++;
    let length = 0;
    const lost = pieces.find(({ text }) => (length += text.length) > kept.length);
    figures["partial"]!++;
    if (lost) figures["partial_lost_ms"] = Math.max(figures["partial_lost_ms"]!, rounded(killedAt - lost.at));
  }
}

/** Threads that were cut off and do not take the next message. */
async function stuck(program: Program, told: Told): Promise<number> {
  const again = new Told();
  const cut = [...new Set([...told.open.values()].map(({ threadId }) => threadId))].filter(Boolean);
  const input = userInput(say([[{ text: "back" }]]));
  const outcomes = await Promise.all(
    cut.map(async (thread_id) => again.read(await ask(program, "threads.add_user_message", { thread_id, input }))),
  );
  const notDone = outcomes.filter((outcome) => outcome !== "done").length;
  // What is wrong is worth more than how often.
  if (notDone > 0) console.error(`${notDone} threads are stuck: ${JSON.stringify(again.errors[0])}\n${program.output.stderr.slice(0, 2000)}`);
  return notDone;
}
