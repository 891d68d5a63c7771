import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ask, Told } from "../chaos/reader.ts";
import { NetworkPath } from "../chaos/network-path.ts";
import { binary, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { newDatabase } from "../support/postgres.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

test("a turn costs five round trips to PostgreSQL at most, a look at threads or items one", async () => {
  const url = await newDatabase();
  const path = await NetworkPath.to(Number(new URL(url).port));
  try {
    // What is done every so often beside the requests is out of the way: it goes by the lease.
    await using program = await startBinary(["--database-pool-size", "1", "--lease", "600s"], { env: { DATABASE_URL: path.through(url) } });
    const costs = { create: [] as number[], message: [] as number[], list: [] as number[], thread: [] as number[] };
    for (let i = 0; i < 3; i++) {
      const input = userInput("Hi");
      const thread_id = await counted(program, path, "threads.create", { input }, costs.create);
      await counted(program, path, "threads.add_user_message", { thread_id, input }, costs.message);
      await counted(program, path, "threads.list", {}, costs.list);
      await counted(program, path, "threads.get_by_id", { thread_id }, costs.thread);
    }
    // The least of three: an answer that takes longer than a second, here by a busy machine, adds a checkpoint for each.
    expect(Object.values(costs).map((times) => Math.min(...times))).toEqual([5, 5, 1, 1]);
  } finally {
    path.close();
  }
});

async function counted(program: Program, path: NetworkPath, type: string, params: object, costs: number[]): Promise<string | undefined> {
  const before = path.answered;
  const response = await ask(program, type, params);
  const told = new Told();
  if (response.headers.get("content-type") === "text/event-stream") expect(await told.read(response)).toBe("done");
  else expect(response.status).toBe(200);
  await response.body?.cancel();
  costs.push(path.answered - before);
  return told.done[0]?.thread_id;
}
