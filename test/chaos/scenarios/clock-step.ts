import { Glob } from "bun";
import { say } from "../../support/agent-turn.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { itemsOf, LEASE_MS, rounded, World, type Figures, type Kind } from "../world.ts";

const WORDS = Array.from({ length: 80 }, (_, i) => `word${i}`).join(" ");

/** libfaketime, if it is here: Debian's package, or wherever LIBFAKETIME says. */
export function libfaketime(): string | undefined {
  return process.env["LIBFAKETIME"] ?? [...new Glob("*/faketime/libfaketime.so.1").scanSync({ cwd: "/usr/lib", absolute: true })][0];
}

/**
 * The machine's wall clock steps while answers stream and another process looks for the dead: no answer is cut. Then the clock steps
 * again, the process dies, and its threads are free within two leases all the same.
 */
export async function clockStep(kind: Kind, { threads = 5, steps = [-3600, -30, 30, 3600] } = {}): Promise<Figures> {
  const library = libfaketime();
  if (!library) throw new Error("libfaketime is not installed here");
  await using world = await World.open(kind);
  const figures = { threads: threads * steps.length, cut: 0, stuck: 0, freed_ms: 0 };
  const clock = await world.file("clock", "+0");
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  const other = await world.start([], env);
  for (const step of steps) {
    const owner = await world.start([], env);
    const input = userInput(say({ turns: [[{ text: WORDS }]], delay: 75 }));
    const stream = (told: Told) => told.readIfLives(ask(owner, "threads.create", { input }));
    const begun = (those: Told[]) => until(async () => (those.every((told) => told.threads.size === 1) ? true : undefined), 60_000);
    const readers = Array.from({ length: threads }, () => new Told());
    const ends = readers.map(stream);
    await begun(readers);
    // As a whole second with a sign: what libfaketime reads.
    await Bun.write(clock, `${step < 0 ? "" : "+"}${step}`);
    await Promise.all(ends);
    for (const one of readers) {
      const items = await itemsOf(other, [...one.threads][0]!);
      const answer = items.at(-1);
      if (answer?.type !== "assistant_message" || answer.content.map(({ text }) => text).join("") !== WORDS) figures.cut++;
    }
    const cut = Array.from({ length: threads }, () => new Told());
    const dying = cut.map(stream);
    await begun(cut);
    await owner.end("SIGKILL");
    const since = performance.now();
    await Bun.write(clock, "+0");
    await Promise.all(dying);
    await until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), LEASE_MS * 4).catch(() => {});
    figures.stuck += await world.count("chatkit_runs");
    figures.freed_ms = Math.max(figures.freed_ms, rounded(performance.now() - since));
  }
  return figures;
}
