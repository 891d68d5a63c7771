/**
 * How much of a bare server's speed is left: threads.list (20 threads) and threads.get_by_id (20 items) over PostgreSQL at 32
 * connections, against a `Bun.serve` that runs the same query by postgres.js and writes the same JSON. In turns, medians.
 * Run by hand: `bun test/bench/postgres.ts [rounds]`.
 */
import { join } from "node:path";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { assistantMessage, savedThread, userMessage } from "../store/rows.ts";
import { startBinary } from "../support/binary.ts";
import { newDatabase } from "../support/postgres.ts";
import { hammer } from "./hammer.ts";

const ROUNDS = Number(process.argv[2] ?? 7);
const me = { userId: "local" };

const url = await newDatabase();
const store = new PostgresStore({ url });
await store.migrate();
const threads: string[] = [];
for (let i = 0; i < 20; i++) threads.push((await savedThread(store, me, { title: `Thread number ${i}` })).id);
const thread = threads[0]!;
for (let i = 0; i < 10; i++) {
  await store.addThreadItem(thread, userMessage(thread, "What is the weather like in the city of my aunt?"), me);
  await store.addThreadItem(thread, assistantMessage(thread, "It rains there, as it does most of the year. ".repeat(6)), me);
}
await store.close();

const bareServer = [join(import.meta.dir, "bare-server.ts"), url, me.userId, thread];
const bare = Bun.spawn([process.execPath, ...bareServer], { stdout: "pipe", stderr: "inherit" });
const first = await bare.stdout.getReader().read();
const bareUrl = `http://127.0.0.1:${new TextDecoder().decode(first.value).trim()}/chatkit`;
const program = await startBinary([], { env: { DATABASE_URL: url, LOG_LEVEL: process.env["BENCH_LOG_LEVEL"] ?? "info" } });
const ours = `${program.url}/chatkit`;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

for (const [name, body] of Object.entries({
  "threads.list": { type: "threads.list", params: {} },
  "threads.get_by_id": { type: "threads.get_by_id", params: { thread_id: thread } },
})) {
  const speeds = { bare: [] as number[], ours: [] as number[] };
  const sizes = new Set<number>();
  for (let round = -1; round < ROUNDS; round++) {
    for (const [who, address] of [["bare", bareUrl], ["ours", ours]] as const) {
      const { perSecond, bytes } = await hammer(address, body, { ms: round < 0 ? 1500 : 2000 });
      sizes.add(bytes);
      // The first round only warms both up.
      if (round >= 0) speeds[who].push(perSecond);
    }
  }
  const [slow, fast] = [median(speeds.ours), median(speeds.bare)];
  const ratios = speeds.ours.map((speed, i) => speed / speeds.bare[i]!);
  const ratio = `ratio ${median(ratios).toFixed(2)}`;
  console.log(`${name}: ${slow.toFixed(0)} requests/s, bare ${fast.toFixed(0)}, ${ratio} (${[...sizes].join(" and ")} bytes)`);
}
bare.kill();
await program.end("SIGKILL");
process.exit(0);
