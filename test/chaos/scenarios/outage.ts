import { Database } from "bun:sqlite";
import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { textOf, userInput } from "../../support/chat.ts";
import { newDatabase } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { NetworkPath } from "../network-path.ts";
import { ask } from "../reader.ts";
import { itemsOf, LEASE_MS, rounded, World, type Figures, type Kind } from "../world.ts";

const WORDS = Array.from({ length: 100 }, (_, i) => `word${i}`).join(" ");

/**
 * The database is away for several leases while answers stream. Another process is there, cut off as well, and takes nobody's thread.
 * Each reader is told so within ten seconds, who asks again meanwhile reads the same answer, and in the end all of it is stored, once.
 */
export async function outage(kind: Kind, { threads = 5, leases = 4 } = {}): Promise<Figures> {
  await using database = await breakable(kind);
  await using world = await World.open(kind, database.url);
  const program = await world.start([], { DATABASE_URL: database.through });
  await world.start([], { DATABASE_URL: database.through });
  const input = userInput(say({ turns: [[{ text: WORDS }]], delay: 60 }));
  const readers = await Promise.all(Array.from({ length: threads }, () => Reading.begin(program, "threads.create", { input })));
  await until(async () => (readers.every(({ seen }) => seen.includes("word1 ")) ? true : undefined), 60_000);
  const since = performance.now();
  const mend = await database.cut();
  const asked = Promise.all(readers.map((reader) => askAgain(program, reader)));
  await Bun.sleep(leases * LEASE_MS - (performance.now() - since));
  await mend();
  await Promise.all(readers.map(({ ended }) => ended));
  const again = await asked;
  await until(async () => ((await world.count("chatkit_runs").catch(() => 1)) === 0 ? true : undefined), 60_000);
  const texts = await Promise.all(readers.map(async ({ threadId }) => textOf((await itemsOf(program, threadId)).at(-1))));
  const told = readers.filter(({ errors }) => errors.length > 0);
  return {
    threads,
    outage_ms: leases * LEASE_MS,
    words_lost: texts.reduce((lost, text) => lost + WORDS.split(" ").length - text.split(" ").filter(Boolean).length, 0),
    different: texts.filter((text) => text !== WORDS).length,
    told: told.length,
    told_wrongly: told.filter(({ errors }) => errors.join() !== "true").length,
    told_ms: Math.max(0, ...told.map(({ endedAt }) => rounded(endedAt - since))),
    asked_again: again.filter(Boolean).length,
    read_on: again.filter((one) => one?.seen.includes("word5 ")).length,
    model_calls: world.model.requests.filter(({ body }) => body.stream).length,
  };
}

/** A stream as it is read. */
class Reading {
  seen = "";
  errors: boolean[] = [];
  endedAt = 0;
  ended: Promise<void> = Promise.resolve();
  threadId = "";
  messageId = "";

  static async begin(program: Program, type: string, params: object): Promise<Reading> {
    const reading = new Reading();
    const events = eventsOf(await ask(program, type, params));
    const begun = Promise.withResolvers<void>();
    reading.ended = (async () => {
      for await (const event of events) {
        if (event.type === "thread.created") reading.threadId = event.thread.id;
        if (event.type === "thread.item.done" && event.item.type === "user_message") reading.messageId = event.item.id;
        if (event.type === "thread.item.added") reading.seen += textOf(event.item as Parameters<typeof textOf>[0]);
        if (event.type === "thread.item.updated" && "delta" in event.update) reading.seen += event.update.delta;
        if (event.type === "error") reading.errors.push(event.allow_retry);
        if (reading.messageId || event.type === "error" || type !== "threads.create") begun.resolve();
      }
      reading.endedAt = performance.now();
      begun.resolve();
    })();
    await begun.promise;
    return reading;
  }
}

/** Presses Retry when told that it failed. */
async function askAgain(program: Program, { ended, errors, threadId, messageId }: Reading): Promise<Reading | undefined> {
  await ended;
  if (errors.length === 0) return undefined;
  const again = await Reading.begin(program, "threads.retry_after_item", { thread_id: threadId, item_id: messageId });
  await again.ended;
  return again;
}

/** A database that can be cut off from who reaches it by `through`. */
async function breakable(kind: Kind) {
  if (kind === "postgres") {
    const url = await newDatabase();
    const path = await NetworkPath.to(Number(new URL(url).port));
    const cut = async () => {
      path.silent = true;
      return async () => void (path.silent = false);
    };
    return { url, through: path.through(url), cut, [Symbol.asyncDispose]: async () => path.close() };
  }
  const folder = `${process.env["TMPDIR"] ?? "/tmp"}/chatkit-outage-${crypto.randomUUID()}`;
  const url = `sqlite:${folder}.db`;
  const cut = async () => {
    const db = new Database(`${folder}.db`);
    db.run("pragma busy_timeout = 5000");
    // Somebody else's lock on the file.
    db.run("begin immediate");
    return async () => {
      db.run("rollback");
      db.close();
    };
  };
  const remove = async () => void (await Promise.all(["", "-wal", "-shm"].map((end) => Bun.file(`${folder}.db${end}`).delete().catch(() => {}))));
  return { url, through: url, cut, [Symbol.asyncDispose]: remove };
}
