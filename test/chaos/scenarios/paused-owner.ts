import { say } from "../../support/agent-turn.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, LEASE_MS, World, type Figures, type Kind } from "../world.ts";

/** A process is paused past its lease and goes on: its threads are others' by then, and nothing of what it still says is written. */
export async function pausedOwner(kind: Kind, { rounds = 1, threads = 5 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const figures = { rounds, threads: rounds * threads, written_late: 0, changed: 0, unanswered: 0 };
  const other = await world.start();
  for (let round = 0; round < rounds; round++) {
    const owner = await world.start();
    const told = new Told();
    const input = userInput(say({ turns: [[{ text: "word ".repeat(300) }]], delay: 20 }));
    const begin = async () => told.read(await ask(owner, "threads.create", { input }));
    const reads = Array.from({ length: threads }, () => begin().catch(() => "cut"));
    await Bun.sleep(1500);
    owner.child.kill("SIGSTOP");
    await until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), LEASE_MS * 4);
    const again = userInput(say([[{ text: "back" }]]));
    for (const thread_id of told.threads) {
      const outcome = await new Told().read(await ask(other, "threads.add_user_message", { thread_id, input: again }));
      if (outcome !== "done") figures.unanswered++;
    }
    const before = await snapshot();
    owner.child.kill("SIGCONT");
    // What the model had sent meanwhile comes at once; the rest would within the time the answer takes.
    await Promise.race([Promise.all(reads), Bun.sleep(8000)]);
    await Bun.sleep(500);
    const after = await snapshot();
    for (const [thread, items] of after) {
      const known = before.get(thread)!;
      figures.written_late += Math.max(0, items.length - known.length);
      figures.changed += known.filter((item, i) => item !== items[i]).length;
    }
    await owner.end("SIGKILL");

    async function snapshot(): Promise<Map<string, string[]>> {
      const entries = [...told.threads].map(async (id): Promise<[string, string[]]> => [id, (await itemsOf(other, id)).map(bytesOf)]);
      return new Map(await Promise.all(entries));
    }
  }
  return figures;
}
