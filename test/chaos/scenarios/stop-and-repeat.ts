import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { ask, Told } from "../reader.ts";
import { itemsOf, World, type Figures, type Kind } from "../world.ts";

/**
 * Stop, and the same text at once, again and again: each is answered, or refused with an error that says so; none is swallowed.
 * The page stops as soon as it reads the first words, or after some milliseconds, whatever has come by then.
 */
export async function stopAndRepeat(kind: Kind, { times = 40, atOnce = 8, processes = 1 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const programs = await Promise.all(Array.from({ length: processes }, () => world.start()));
  const figures = { processes, times, answered: 0, refused: 0, swallowed: 0, messages_missing: 0 };
  await Promise.all(Array.from({ length: atOnce }, (_, i) => page(programs, Math.ceil(times / atOnce), i % 2 === 0, figures)));
  return figures;
}

type Counts = { answered: number; refused: number; swallowed: number; messages_missing: number };

async function page(programs: Program[], times: number, waitsForWords: boolean, counts: Counts): Promise<void> {
  const headers = { "chatkit-frame-instance-id": crypto.randomUUID() };
  const first = new Told();
  await first.read(await ask(programs[0]!, "threads.create", { input: userInput(say([[{ text: "hello" }]])) }, headers));
  const thread_id = first.done[0]!.thread_id;
  const params = { thread_id, input: userInput(say({ turns: [[{ text: "one two three" }]], delay: 20 })) };
  let expected = 1;
  for (let i = 0; i < times; i++) {
    const stopped = await stop(programs[0]!, params, headers, waitsForWords);
    const told = new Told();
    const outcome = await told.read(await ask(programs.at(-1)!, "threads.add_user_message", params, headers));
    const isAnswered = told.done.some((item) => item.type === "user_message") && told.done.at(-1)?.type === "assistant_message";
    if (outcome === "error") counts.refused++;
    else if (isAnswered) counts.answered++;
    else counts.swallowed++;
    // One that was stopped before it began is no message.
    expected += Number(stopped) + Number(isAnswered && outcome === "done");
  }
  const stored = (await itemsOf(programs[0]!, thread_id)).filter(({ type }) => type === "user_message").length;
  counts.messages_missing += Math.max(0, expected - stored);
}

/** Answers whether the message was seen to be stored. */
async function stop(program: Program, params: object, headers: Record<string, string>, waitsForWords: boolean): Promise<boolean> {
  const leaving = new AbortController();
  let stored = false;
  try {
    const response = await program.post({ type: "threads.add_user_message", params }, { signal: leaving.signal, headers });
    if (!waitsForWords) setTimeout(() => leaving.abort(), Math.random() * 30);
    for await (const event of eventsOf(response)) {
      if (event.type === "thread.item.done") stored = true;
      if (waitsForWords && event.type === "thread.item.updated") leaving.abort();
    }
  } catch {
    // Our own abort.
  }
  return stored;
}
