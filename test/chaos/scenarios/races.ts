import type { ThreadItem } from "../../../src/protocol/items.ts";
import { say } from "../../support/agent-turn.ts";
import type { Program } from "../../support/binary.ts";
import { textOf, userInput } from "../../support/chat.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, World, type Figures, type Kind } from "../world.ts";

/**
 * Two processes get a message for the same thread at the same moment: one answers, the other refuses, and all read the same
 * order afterwards.
 */
export async function races(kind: Kind, { rounds = 50, atOnce = 10 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const programs: [Program, Program] = [await world.start(), await world.start()];
  const figures = { races: rounds, answered: 0, refused: 0, both: 0, neither: 0, wrong_items: 0, wrong_order: 0 };
  for (let started = 0; started < rounds; started += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, rounds - started) }, () => race(programs, figures)));
  }
  return figures;
}

type Counts = { answered: number; refused: number; both: number; neither: number; wrong_items: number; wrong_order: number };

async function race(programs: [Program, Program], counts: Counts): Promise<void> {
  const created = new Told();
  await created.read(await ask(programs[0], "threads.create", { input: userInput(say([[{ text: "hello" }]])) }));
  const thread_id = created.done[0]!.thread_id;
  const outcomes = await Promise.all(programs.map((program, i) => post(program, thread_id, `${i}`)));
  const answered = outcomes.filter(({ outcome }) => outcome === "done");
  counts.answered += answered.length;
  counts.refused += outcomes.filter(({ told }) => told.errors.some((error) => error.allow_retry)).length;
  if (answered.length === 2) counts.both++;
  if (answered.length === 0) counts.neither++;
  const orders = [
    await itemsOf(programs[0], thread_id),
    await itemsOf(programs[1], thread_id),
    (await itemsOf(programs[0], thread_id, "desc")).reverse(),
    (await itemsOf(programs[1], thread_id, "desc")).reverse(),
  ];
  if (new Set(orders.map((items) => items.map(bytesOf).join())).size !== 1) counts.wrong_order++;
  const expected = outcomes.flatMap(({ outcome }, i) => (outcome === "done" ? [`${i}`] : []));
  if (turnsOf(orders[0]!.slice(2)) !== expected.join()) counts.wrong_items++;
}

/** Which messages were answered, each before the next one came: nothing of a message that was refused, no two answers mixed. */
function turnsOf(items: ThreadItem[]): string {
  const turns: string[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const [message, answer] = [textOf(items[i]), textOf(items[i + 1])];
    turns.push(answer === `answer ${message[0]}` ? message[0]! : `${message} ${answer}`);
  }
  return turns.sort().join();
}

async function post(program: Program, thread_id: string, text: string) {
  const told = new Told();
  const input = userInput(`${text} ${say({ turns: [[{ sleep: 400 }, { text: `answer ${text}` }]] })}`);
  return { told, outcome: await told.read(await ask(program, "threads.add_user_message", { thread_id, input })) };
}
