import { join } from "node:path";
import type { WidgetItem } from "../../../src/protocol/items.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import type { Orders } from "../agent.ts";
import { ask } from "../reader.ts";
import { itemsOf, World, type Figures, type Kind } from "../world.ts";

const AGENT = ["--agent", join(import.meta.dir, "../agent.ts")];
const CLICKS = 20;

/** A widget is streamed into and clicked on at once, over two processes: each click that was answered is in it, and all that was streamed. */
export async function widgetRaces(kind: Kind, { rounds = 3 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const programs = [await world.start(AGENT), await world.start(AGENT)];
  const figures = { rounds, clicks: 0, answered: 0, clicks_lost: 0, streamed: 0, streamed_lost: 0, answers_without_their_click: 0 };
  for (let round = 0; round < rounds; round++) {
    const updates = 60;
    const orders: Orders = { board: updates };
    const events = eventsOf(await ask(programs[0]!, "threads.create", { input: userInput(JSON.stringify(orders)) }));
    let board: WidgetItem | undefined;
    while (!board) {
      const { value } = await events.next();
      if (value?.type === "thread.item.done" && value.item.type === "widget") board = value.item as WidgetItem;
    }
    const clicks = Array.from({ length: CLICKS }, (_, n) => click(programs[n % 2]!, board, n));
    const rest = Array.fromAsync(events);
    const answered = (await Promise.all(clicks)).filter((answer) => answer.ok);
    await rest;
    const kept = (await itemsOf(programs[1]!, board.thread_id)).find(({ id }) => id === board.id) as WidgetItem;
    const [left, right] = (kept.widget as { children: { value: string }[] }).children.map(({ value }) => value);
    figures.clicks += CLICKS;
    figures.answered += answered.length;
    figures.clicks_lost += answered.filter(({ n }) => !right!.includes(`<${n}>`)).length;
    figures.answers_without_their_click += answered.filter(({ n, text }) => !text.includes(`<${n}>`)).length;
    figures.streamed += updates;
    figures.streamed_lost += updates - left!.length;
  }
  return figures;
}

async function click(program: Program, { id, thread_id }: WidgetItem, n: number) {
  await Bun.sleep(Math.random() * 100);
  const response = await ask(program, "threads.sync_custom_action", { thread_id, item_id: id, action: { type: "add", payload: { n } } });
  return { n, ok: response.ok, text: await response.text() };
}
