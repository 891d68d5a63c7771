import { say } from "../../support/agent-turn.ts";
import { userInput } from "../../support/chat.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, World, type Figures, type Kind } from "../world.ts";

/**
 * The same body again and again while its answer is being written, to one process or to several: one message, one call of the
 * model. Two honest equal messages are two.
 */
export async function resent(kind: Kind, { processes = 1, times = 100 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const programs = await Promise.all(Array.from({ length: processes }, () => world.start()));
  const headers = { "chatkit-frame-instance-id": crypto.randomUUID() };
  const created = new Told();
  await created.read(await ask(programs[0]!, "threads.create", { input: userInput(say([[{ text: "hello" }]])) }, headers));
  const thread_id = created.done[0]!.thread_id;
  const calls = () => world.model.requests.filter(({ body }) => body.stream).length;
  const callsBefore = calls();

  const params = { thread_id, input: userInput(say({ turns: [[{ text: "one two three four five six seven" }]], delay: 200 })) };
  const told = Array.from({ length: times + 1 }, () => new Told());
  const outcomes = await Promise.all(
    told.map(async (one, i) => {
      await Bun.sleep(i === 0 ? 0 : 100 + i * 5);
      return one.read(await ask(programs[i % processes]!, "threads.add_user_message", params, headers));
    }),
  );
  const items = (await itemsOf(programs[0]!, thread_id)).slice(2);
  const answers = new Set(told.map((one) => one.done.map(bytesOf).join()));
  const once = { user_items: items.filter(({ type }) => type === "user_message").length, model_calls: calls() - callsBefore };
  await new Told().read(await ask(programs[0]!, "threads.add_user_message", params, headers));
  const honest = (await itemsOf(programs[0]!, thread_id)).filter(({ type }) => type === "user_message").length - 1;
  return {
    processes,
    sent: times + 1,
    ...once,
    different_answers: answers.size,
    same_as_stored: Number(answers.has(items.map(bytesOf).join())),
    failed: outcomes.filter((outcome) => outcome !== "done").length,
    honest_messages: honest,
  };
}
