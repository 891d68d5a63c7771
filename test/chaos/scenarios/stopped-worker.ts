import { readFileSync } from "node:fs";
import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { itemsOf, LEASE_MS, rounded, World, type Figures, type Kind } from "../world.ts";

const ANSWERED_WITHIN_MS = 10_000;
/** The other worker has told the kernel by then. */
const STEERED_AFTER_MS = 300;

/**
 * SIGSTOP for one of the workers while it answers and others ask over new connections: how many of those nobody answered in time, before
 * and after the supervisor has noticed, when the worker was replaced, and what is left of its answers, which others have closed.
 */
export async function stoppedWorker(kind: Kind, { workers = 2, streams = 8 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start(["--workers", String(workers)], { LOG_LEVEL: "info" });
  const logged = (text: string) => program.output.stderr.includes(text);
  const answers = await Promise.all(Array.from({ length: streams }, () => begun(program)));
  const [stopped] = childrenOf(program.child.pid);
  process.kill(stopped!, "SIGSTOP");
  const stoppedAt = performance.now();
  const before = await askUntil(program, () => logged("new connections go to the others"));
  const avoidedMs = performance.now() - stoppedAt;
  await Bun.sleep(STEERED_AFTER_MS);
  const between = await askUntil(program, () => logged("and is killed"));
  const killedMs = performance.now() - stoppedAt;
  await until(async () => (program.output.stderr.match(/"msg":"listening"/g)?.length === workers + 1 ? true : undefined), 60_000);
  const after = await askUntil(program, () => false, 40);
  await Promise.all(answers.map(({ read }) => read));
  const free = await until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), 4 * LEASE_MS);
  const threads = await Promise.all(answers.map(({ threadId }) => itemsOf(program, threadId)));
  const lost = threads.filter((items) => items[0]?.type !== "user_message").length;
  return {
    ...{ workers, streams, avoided_ms: rounded(avoidedMs), killed_ms: rounded(killedMs) },
    ...{ asked_before: before.asked, unanswered_before: await before.unanswered },
    ...{ asked_between: between.asked, unanswered_between: await between.unanswered },
    ...{ asked_after: after.asked, unanswered_after: await after.unanswered },
    ...{ lost, threads_free: free ? 1 : 0, exit_code: await program.end("SIGTERM") },
  };
}

/** A long answer that has begun, on a connection of its own. */
async function begun(program: Program): Promise<{ threadId: string; read: Promise<unknown> }> {
  const input = userInput(say({ turns: [[{ text: "word ".repeat(100).trim() }]], delay: 50 }));
  const response = await program.post({ type: "threads.create", params: { input } }, { headers: { connection: "close" } });
  const events = eventsOf(response);
  for await (const event of events) {
    // The rest is read by the caller, until it ends or its worker dies.
    if (event.type === "thread.created") return { threadId: event.thread.id, read: rest(events) };
  }
  throw new Error("an answer did not begin");
}

async function rest(events: AsyncGenerator<unknown>): Promise<void> {
  await Array.fromAsync(events).catch(() => []);
}

/** Asks over a new connection, again and again, one every 20 ms, until something is so or that many have been asked. */
async function askUntil(program: Program, isOver: () => boolean, most = Infinity): Promise<{ asked: number; unanswered: Promise<number> }> {
  const answers: Promise<boolean>[] = [];
  while (!isOver() && answers.length < most) {
    answers.push(isAnswered(program));
    await Bun.sleep(20);
  }
  return { asked: answers.length, unanswered: Promise.all(answers).then((all) => all.filter((isOk) => !isOk).length) };
}

function isAnswered(program: Program): Promise<boolean> {
  const init = { headers: { connection: "close" }, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) };
  return program.post({ type: "threads.list", params: {} }, init).then(({ status }) => status === 200, () => false);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}
