import { say } from "../../support/agent-turn.ts";
import { eventsOf } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, World, type Figures, type Kind } from "../world.ts";

/** A process is killed in the middle of retries: each thread has either all that followed the message, or nothing of it. */
export async function retryKilled(kind: Kind, { rounds = 3, threads = 10, turns = 4 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const figures = { rounds, retries: 0, whole: 0, cut: 0, half: 0 };
  const quick = userInput(say([[{ text: "answer" }]]));
  for (let round = 0; round < rounds; round++) {
    const program = await world.start();
    const made = await Promise.all(
      Array.from({ length: threads }, async () => {
        const told = new Told();
        await told.read(await ask(program, "threads.create", { input: quick }));
        const thread_id = told.done[0]!.thread_id;
        const more = () => ask(program, "threads.add_user_message", { thread_id, input: quick });
        for (let turn = 1; turn < turns; turn++) await told.read(await more());
        return { thread_id, before: (await itemsOf(program, thread_id)).map(bytesOf), item_id: told.done[0]!.id };
      }),
    );
    const begun = Promise.withResolvers<void>();
    const retries = made.map(async ({ thread_id, item_id }, i) => {
      await Bun.sleep(i * 3);
      const response = await ask(program, "threads.retry_after_item", { thread_id, item_id });
      for await (const event of eventsOf(response)) if (event.type === "stream_options") begun.resolve();
    });
    const settled = Promise.allSettled(retries);
    // One has deleted what it had to; the others are on their way to it.
    await begun.promise;
    await Bun.sleep(Math.random() * threads * 3);
    await program.end("SIGKILL");
    await settled;
    const next = await world.start();
    for (const { thread_id, before } of made) {
      const kept = new Set((await itemsOf(next, thread_id)).map(bytesOf));
      const old = before.filter((item) => kept.has(item)).length;
      figures.retries++;
      if (old === before.length) figures.whole++;
      else if (old === 1 && kept.has(before[0]!)) figures.cut++;
      else figures.half++;
    }
    await next.end("SIGKILL");
  }
  return figures;
}
