import { say } from "../../support/agent-turn.ts";
import { userInput } from "../../support/chat.ts";
import { until } from "../../support/until.ts";
import { ask, Told } from "../reader.ts";
import { LEASE_MS, rounded, World, type Figures, type Kind } from "../world.ts";

/**
 * A process with many answers under way is killed: another one that was there all the time closes them within two leases, and
 * every thread goes on.
 */
export async function orphans(kind: Kind, { threads = 50 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const [owner, other] = [await world.start(), await world.start()];
  const told = new Told();
  const input = userInput(say([[{ text: "begun" }, { hang: true }]]));
  const reads = Array.from({ length: threads }, () => told.readIfLives(ask(owner!, "threads.create", { input })));
  // On a busy machine the readers learn of their threads some time after these have begun.
  await until(async () => (told.threads.size === threads && (await world.count("chatkit_runs")) === threads ? true : undefined), 60_000);
  await Bun.sleep(1500);
  const killedAt = performance.now();
  await owner!.end("SIGKILL");
  await Promise.all(reads);
  await until(async () => ((await world.count("chatkit_runs")) === 0 ? true : undefined), LEASE_MS * 4);
  const freedMs = rounded(performance.now() - killedAt);
  let stuck = 0;
  const again = userInput(say([[{ text: "back" }]]));
  for (const thread_id of told.threads) {
    if ((await new Told().read(await ask(other!, "threads.add_user_message", { thread_id, input: again }))) !== "done") stuck++;
  }
  return { threads: told.threads.size, lease_ms: LEASE_MS, freed_ms: freedMs, stuck };
}
