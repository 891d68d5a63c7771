// A process of its own that works on a store until it is told or killed: `bun store-process.ts DATABASE USER VERB THREAD…`. One line on stdout for each thing that was acknowledged.
import { writeSync } from "node:fs";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { aRun, assistantMessage, refusal, userMessage } from "../store/rows.ts";

const [database = "", userId = "", verb = "", ...threads] = process.argv.slice(2);
const store = database.startsWith("postgres:") ? new PostgresStore({ url: database, poolSize: 4 }) : new SqliteStore(database);
const me = { userId };
const say = (line: string) => writeSync(1, `${line}\n`);
const [thread = ""] = threads;

/** Tries to take every thread, at the same moment as the other process does. */
async function race(): Promise<void> {
  await store.ping();
  say("ready");
  for await (const _ of console) break;
  for (const id of threads) say((await refusal(store.openRun({ run: aRun(id), message: userMessage(id, "mine") }, me)))?.code ?? "opened");
}

/** Adds items for as long as it lives. */
async function write(): Promise<void> {
  for (;;) {
    const item = userMessage(thread, "x".repeat(200));
    await store.addThreadItem(thread, item, me);
    say(item.id);
  }
}

/** Holds the thread with a short lease, and writes until it may not. */
async function hold(): Promise<void> {
  const run = aRun(thread, 1000);
  await store.openRun({ run, message: userMessage(thread, "question") }, me);
  for (let i = 0; ; i++) {
    const item = assistantMessage(thread, `part ${i}`);
    const lost = (await refusal(store.addThreadItem(thread, item, { ...me, run }))) ?? (await refusal(store.checkpointRun(run, [assistantMessage(thread, `half of ${i}`)], me)));
    say(lost ? lost.code : `${i}`);
    if (lost) break;
    await Bun.sleep(20);
  }
}

await (verb === "race" ? race() : verb === "write" ? write() : hold());
await store.close();
process.exit(0);
