import { say } from "../../support/agent-turn.ts";
import { userInput } from "../../support/chat.ts";
import { eventsOf } from "../../support/binary.ts";
import { ask } from "../reader.ts";
import { World, type Figures, type Kind } from "../world.ts";

/**
 * SIGTERM in the moment in which requests open their runs: each that was taken is answered to its end, or by an error that can be retried,
 * or refused; none is cut.
 */
export async function sigtermOpening(kind: Kind, { rounds = 3, requests = 30 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const figures = { rounds, whole: 0, retryable: 0, refused: 0, cut: 0, other: "", unclean: 0 };
  for (let round = 0; round < rounds; round++) {
    const program = await world.start();
    // The first answers take longer: then requests are still on their way when others have begun.
    const sent = Array.from({ length: requests }, async () => outcomeOf(await ask(program, "threads.create", { input })));
    await Bun.sleep(Math.random() * 60);
    program.child.kill("SIGTERM");
    for (const outcome of await Promise.allSettled(sent)) {
      const name = outcome.status === "rejected" ? "cut" : outcome.value;
      if (name === "whole" || name === "retryable" || name === "refused" || name === "cut") figures[name]++;
      else figures.other = name;
    }
    if ((await program.end()) !== 0) figures.unclean++;
  }
  return figures;
}

const input = userInput(say({ turns: [[{ text: "word ".repeat(10).trim() }]], delay: 30 }));

async function outcomeOf(response: Response): Promise<string> {
  if (response.status === 503) return "refused";
  const events = await Array.fromAsync(eventsOf(response));
  const last = events.at(-1);
  if (last?.type === "error") return last.allow_retry ? "retryable" : "an error that cannot be retried";
  return last?.type === "thread.item.done" || last?.type === "thread.updated" ? "whole" : `${response.status} ${last?.type}`;
}
