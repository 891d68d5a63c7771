import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { bytesOf, itemsOf, World, type Figures, type Kind } from "../world.ts";

/**
 * The same body again and again before the head of the first answer has left, since its process was paused, and after its process has
 * died: one message, one call of the model, the same answer for all. Equal bodies at any other time are honest ones.
 */
export async function resent(kind: Kind, { processes = 1, times = 100 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const programs = await Promise.all(Array.from({ length: processes }, () => world.start(LEASE)));
  const [program] = programs as [Program];
  const paused = await afterPause(world, program, times);
  const honest = await honestOnes(world, program, programs.at(-1)!);
  const died = await afterDeath(world, program, times);
  return { processes, sent: times, ...paused, ...died, ...honest };
}

/** Long enough for all to come before somebody has stored what the dead process left. */
const LEASE = ["--lease", "10s"];
const modelCalls = (world: World) => world.model.requests.filter(({ body }) => body.stream).length;
const ofUsers = (items: { type: string }[]) => items.filter(({ type }) => type === "user_message").length;
const page = () => ({ "chatkit-frame-instance-id": crypto.randomUUID() });
const slowly = (text: string) => userInput(say({ turns: [[{ text }]], delay: 100 }));

async function newThread(program: Program): Promise<string> {
  const told = new Told();
  await told.read(await ask(program, "threads.create", { input: userInput(say([[{ text: "hello" }]])) }));
  return told.done[0]!.thread_id;
}

async function afterPause(world: World, program: Program, times: number) {
  const thread_id = await newThread(program);
  const [headers, callsBefore] = [page(), modelCalls(world)];
  const params = { thread_id, input: slowly("one two three") };
  program.child.kill("SIGSTOP");
  const told = Array.from({ length: times }, () => new Told());
  const reads = told.map(async (one) => one.read(await ask(program, "threads.add_user_message", params, headers)));
  await haveArrived(program, times);
  program.child.kill("SIGCONT");
  const failed = (await Promise.all(reads)).filter((outcome) => outcome !== "done").length;
  const items = (await itemsOf(program, thread_id)).slice(2);
  const answers = new Set(told.map((one) => one.done.map(bytesOf).join()));
  const same = Number(answers.size === 1 && answers.has(items.map(bytesOf).join()));
  return { messages: ofUsers(items), model_calls: modelCalls(world) - callsBefore, same_as_stored: same, failed };
}

/** Waits until so many requests lie in the kernel, which the paused program has not read. */
async function haveArrived({ url }: Program, times: number): Promise<void> {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  const unread = new RegExp(String.raw`^ *\d+: \w+:${port} \w+:\w+ 01 \w+:0*[1-9A-F]`, "gm");
  await until(async () => ([...(await Bun.file("/proc/net/tcp").text()).matchAll(unread)].length >= times ? true : undefined));
}

/** While the first is answered an equal message has to wait, an equal new chat is another one; afterwards both count. */
async function honestOnes(world: World, first: Program, second: Program) {
  const thread_id = await newThread(first);
  const headers = page();
  const params = { thread_id, input: slowly("word ".repeat(30)) };
  const send = async (program: Program) => {
    const told = new Told();
    return { told, outcome: await told.read(await ask(program, "threads.add_user_message", params, headers)) };
  };
  const response = await ask(first, "threads.add_user_message", params, headers);
  const busy = await send(second);
  await new Told().read(response);
  await send(second);
  const callsBefore = modelCalls(world);
  // In turn: each has its head before the next one is sent.
  const chats: Response[] = [];
  for (const program of [first, second]) chats.push(await ask(program, "threads.create", { input: slowly("word ".repeat(10)) }, headers));
  const told = chats.map(() => new Told());
  await Promise.all(chats.map((chat, i) => told[i]!.read(chat)));
  const threads = new Set(told.flatMap((one) => [...one.threads]));
  return {
    busy_refused: Number(busy.outcome === "error" && busy.told.errors[0]!.allow_retry),
    honest_messages: ofUsers(await itemsOf(first, thread_id)) - 1,
    honest_chats: threads.size,
    honest_calls: modelCalls(world) - callsBefore,
  };
}

async function afterDeath(world: World, program: Program, times: number) {
  const thread_id = await newThread(program);
  const headers = page();
  const params = { thread_id, input: userInput(say({ turns: [[{ text: "word ".repeat(200) }]], delay: 20 })) };
  let seen = 0;
  const response = await ask(program, "threads.add_user_message", params, headers);
  const reading = (async () => {
    for await (const event of eventsOf(response)) if (event.type === "thread.item.updated") seen++;
  })().catch(() => {});
  await until(async () => (seen > 60 ? true : undefined), 20_000);
  await program.end("SIGKILL");
  await reading;
  const next = await world.start(LEASE);
  const callsBefore = modelCalls(world);
  const told = Array.from({ length: times }, () => new Told());
  const outcomes = await Promise.all(told.map(async (one) => one.read(await ask(next, "threads.add_user_message", params, headers))));
  const items = (await itemsOf(next, thread_id)).slice(2);
  const answers = new Set(told.map((one) => one.done.map(bytesOf).join()));
  return {
    messages_after_death: ofUsers(items),
    calls_after_death: modelCalls(world) - callsBefore,
    same_after_death: Number(answers.size === 1 && answers.has(items.map(bytesOf).join())),
    failed_after_death: outcomes.filter((outcome) => outcome !== "done").length,
  };
}
