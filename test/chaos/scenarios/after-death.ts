import { join } from "node:path";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import type { Orders } from "../agent.ts";
import { ask } from "../reader.ts";
import { itemsOf, LEASE_MS, World, type Figures, type Kind } from "../world.ts";

const AGENT = ["--agent", join(import.meta.dir, "../agent.ts")];
const HANGS = { CHAOS_HANGS: "yes" };
/** The workflows after which an answer hangs. */
const HANGING = "chatkit_items where data ->> 'type' = 'workflow'";
const freed = (world: World) => until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), LEASE_MS * 4);

/** Text that an answer has taken back does not return after kill -9. */
export async function removedText(kind: Kind, { threads = 6 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start(AGENT);
  const input = userInput(JSON.stringify({ takeBack: true } satisfies Orders));
  const threadIds = await Promise.all(Array.from({ length: threads }, () => untilTakenBack(program, input)));
  await program.end("SIGKILL");
  const next = await world.start(AGENT);
  await freed(world);
  let returned = 0;
  for (const id of threadIds) returned += (await itemsOf(next, id)).filter((item) => JSON.stringify(item).includes("secret")).length;
  return { threads, returned };
}

/** What a person has answered and nobody went on with, since the process was killed, is sent again: it is answered, and stored once. */
export async function sentAgain(kind: Kind, { rounds = 1 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const figures = { rounds, sent: 0, answered: 0, stored_twice: 0, refused_afterwards: 0 };
  for (let round = 0; round < rounds; round++) {
    const dying = await world.start(AGENT, HANGS);
    const threads = await Promise.all(KINDS.map(() => asked(dying)));
    const inputs = threads.map((items, i) => inputTo(items, KINDS[i]!));
    for (const [type, params] of inputs) void ask(dying, type, params).then((response) => response.text()).catch(() => {});
    const begun = async () => (await world.count(HANGING)) === KINDS.length * (round + 1);
    await until(async () => ((await begun()) ? true : undefined));
    await dying.end("SIGKILL");
    const next = await world.start(AGENT);
    await freed(world);
    for (const [i, [type, params]] of inputs.entries()) {
      figures.sent++;
      const events = await next.events(type, params);
      if (events.at(-1)?.type === "thread.item.done") figures.answered++;
      const items = await itemsOf(next, (params as { thread_id: string }).thread_id);
      if (items.filter((item) => item.type === "client_tool_call").length !== 1) figures.stored_twice++;
      if (KINDS[i] === "click") continue;
      if ((await next.events(type, params)).at(-1)?.type === "error") figures.refused_afterwards++;
    }
    await next.end("SIGKILL");
  }
  return figures;
}

const KINDS = ["tool", "questions", "click"] as const;

/** A thread in which the person is asked; its items. A busy server may say that it is to be asked again, as it may to anybody. */
async function asked(program: Program) {
  return until(async () => {
    const orders = { asks: true, number: Math.random() } satisfies Orders & { number: number };
    const events = await program.events("threads.create", { input: userInput(JSON.stringify(orders)) });
    const last = events.at(-1);
    if (last?.type === "error" && last.allow_retry) return undefined;
    return events.flatMap((event) => (event.type === "thread.item.done" ? [event.item] : []));
  }, 30_000);
}

function inputTo(items: Awaited<ReturnType<typeof asked>>, kind: (typeof KINDS)[number]): [type: string, params: object] {
  const { thread_id } = items[0]!;
  const idOf = (type: string) => items.find((item) => item.type === type)!.id;
  if (kind === "tool") return ["threads.add_client_tool_output", { thread_id, result: { picked: 1 } }];
  if (kind === "click") return ["threads.custom_action", { thread_id, item_id: idOf("widget"), action: { type: "go" } }];
  const input = { status: "answered", answers: { where: { values: ["Rome"] } } };
  return ["threads.add_structured_input", { thread_id, item_id: idOf("structured_input"), input }];
}

/** Reads on after that, or its leaving would end the answer. */
async function untilTakenBack(program: Program, input: object): Promise<string> {
  const done = Promise.withResolvers<string>();
  const response = await ask(program, "threads.create", { input });
  void (async () => {
    let threadId = "";
    for await (const event of eventsOf(response)) {
      if (event.type === "thread.created") threadId = event.thread.id;
      if (event.type === "progress_update") done.resolve(threadId);
    }
  })().catch(() => {});
  return done.promise;
}
