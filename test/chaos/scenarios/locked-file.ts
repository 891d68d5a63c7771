import { userInput } from "../../support/chat.ts";
import { say } from "../../support/agent-turn.ts";
import { ask, Told } from "../reader.ts";
import { rounded, World, type Figures } from "../world.ts";

/** Another program holds SQLite's file for a while: nobody but those who write waits for it. */
export async function lockedFile({ lockMs = 2000, writers = 10 } = {}): Promise<Figures> {
  await using world = await World.open("sqlite");
  // Leases are not what this is about: on a busy machine a hundred answers that begin at one moment take seconds.
  const program = await world.start([], { CHATKIT_LEASE: "15s" });
  const told = new Told();
  const input = userInput(say([[{ text: "answer" }]]));
  await told.read(await ask(program, "threads.create", { input }));
  const holder = hold(world.url.slice("sqlite:".length), lockMs);
  await holder.held;
  const heldAt = performance.now();
  const writing = Array.from({ length: writers }, async () => told.read(await ask(program, "threads.create", { input })));
  const figures = { livez_longest_ms: 0, read_longest_ms: 0, looked: 0 };
  while (performance.now() - heldAt < lockMs - 100) {
    figures.livez_longest_ms = Math.max(figures.livez_longest_ms, await timed(() => fetch(`${program.url}/livez`)));
    figures.read_longest_ms = Math.max(figures.read_longest_ms, await timed(() => program.ask("threads.list", {})));
    figures.looked++;
    await Bun.sleep(20);
  }
  const outcomes = await Promise.all(writing);
  const writtenMs = rounded(performance.now() - heldAt);
  await holder.ended;
  const answered = outcomes.filter((outcome) => outcome === "done").length;
  return { lock_ms: lockMs, ...figures, answered, errors: outcomes.length - answered, written_ms: writtenMs, stored: await world.count("chatkit_threads") };
}

function hold(path: string, ms: number): { held: Promise<unknown>; ended: Promise<number> } {
  const script = `
    const db = new (require("bun:sqlite").Database)(${JSON.stringify(path)});
    db.run("pragma busy_timeout = 5000");
    db.run("begin immediate");
    console.log("held");
    await Bun.sleep(${ms});
    db.run("rollback");`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  return { held: child.stdout.getReader().read(), ended: child.exited };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return rounded(performance.now() - started);
}
