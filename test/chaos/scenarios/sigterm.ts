import { say } from "../../support/agent-turn.ts";
import type { Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { rounded, World, type Figures, type Kind } from "../world.ts";

/**
 * SIGTERM with streams open: no new work, answers come to their end or to an error that may be retried, exit code 0; a second
 * signal leaves at once.
 */
export async function sigterm(kind: Kind, { streams = 50, graceMs = 2000 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const args = ["--shutdown-grace", `${graceMs}ms`];
  const told = new Told();
  const open = (program: Program, count: number) =>
    Array.from({ length: count }, async (_, i) => {
      return told.read(await ask(program, "threads.create", { input: i % 2 === 0 ? short : endless }));
    });

  const program = await world.start(args);
  const reads = open(program, streams);
  // Not by the number of runs: on a slow machine the first short answers are over before the last ones begin.
  await until(async () => (told.threads.size === streams ? true : undefined), 60_000);
  await Bun.sleep(300);
  const signalledAt = performance.now();
  program.child.kill("SIGTERM");
  await program.ending();
  const notReadyMs = rounded(performance.now() - signalledAt);
  const refused = (await ask(program, "threads.list", {})).status;
  const outcomes = await Promise.allSettled(reads);
  const code = await program.end();
  const endedMs = rounded(performance.now() - signalledAt);
  const count = (wanted: string) => outcomes.filter((one) => (one.status === "rejected" ? "cut" : one.value) === wanted).length;

  const second = await world.start(["--shutdown-grace", "60s"]);
  const cut = Promise.allSettled(open(second, streams));
  await Bun.sleep(1000);
  second.child.kill("SIGTERM");
  await second.ending();
  // Two signals of the same moment are one.
  await Bun.sleep(200);
  const secondAt = performance.now();
  await second.end("SIGTERM");
  const secondMs = rounded(performance.now() - secondAt);
  await cut;
  const retryable = told.errors.filter((error) => error.allow_retry).length;
  const outcome = { done: count("done"), errors: count("error"), retryable, cut: count("cut") };
  const times = { not_ready_ms: notReadyMs, ended_ms: endedMs, second_signal_ms: secondMs };
  return { streams, new_work: refused, ...outcome, exit_code: code, ...times };
}

const short = userInput(say({ turns: [[{ text: "word ".repeat(20).trim() }]], delay: 40 }));
const endless = userInput(say([[{ text: "begun" }, { hang: true }]]));
