import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ask, Told } from "../chaos/reader.ts";
import { NetworkPath } from "../chaos/network-path.ts";
import { binary, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { newDatabase } from "../support/postgres.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

/** An answer that streams for longer keeps its text on record about once a second. */
const CHECKPOINT_MS = 700;

type Cost = { roundTrips: number; checkpoints: number };

test("a turn costs five round trips to PostgreSQL at most, a look at threads or items one", async () => {
  const url = await newDatabase();
  const path = await NetworkPath.to(Number(new URL(url).port));
  try {
    // What is done every so often beside the requests is out of the way: it goes by the lease.
    await using program = await startBinary(["--database-pool-size", "1", "--lease", "600s"], { env: { DATABASE_URL: path.through(url) } });
    const costs = { create: [] as Cost[], message: [] as Cost[], list: [] as Cost[], thread: [] as Cost[] };
    for (let i = 0; i < 3; i++) {
      const input = userInput("Hi");
      const thread_id = await counted(program, path, "threads.create", { input }, costs.create);
      await counted(program, path, "threads.add_user_message", { thread_id, input }, costs.message);
      await counted(program, path, "threads.list", {}, costs.list);
      await counted(program, path, "threads.get_by_id", { thread_id }, costs.thread);
    }
    // Every five seconds something deleted is looked for, which one of the three may meet.
    for (const kind of [costs.create, costs.message]) expect(kind.filter((cost) => cost.roundTrips <= 5 + cost.checkpoints).length).toBeGreaterThanOrEqual(2);
    for (const kind of [costs.list, costs.thread]) expect(kind.filter((cost) => cost.roundTrips === 1).length).toBeGreaterThanOrEqual(2);
  } finally {
    path.close();
  }
});

async function counted(program: Program, path: NetworkPath, type: string, params: object, costs: Cost[]): Promise<string | undefined> {
  const [before, startedAt] = [path.answered, performance.now()];
  const response = await ask(program, type, params);
  const told = new Told();
  if (response.headers.get("content-type") === "text/event-stream") expect(await told.read(response)).toBe("done");
  else expect(response.ok && (await response.json())).toBeTruthy();
  // The demo answer takes some 0.5 s; on a busy machine it may take longer and is put on record on its way.
  costs.push({ roundTrips: path.answered - before, checkpoints: Math.floor((performance.now() - startedAt) / CHECKPOINT_MS) });
  return told.done[0]?.thread_id;
}
