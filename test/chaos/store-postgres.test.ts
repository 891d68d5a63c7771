import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import postgres from "postgres";
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { aRun, addTexts, allItems, assistantMessage, clientToolCall, refusal, savedThread, someone, userMessage } from "../store/rows.ts";
import { createDatabase, TestPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await TestPostgres.create();
}, 60_000);
afterAll(() => server.stop());

async function openStore(options: { port?: number; poolSize?: number; deadlineMs?: number } = {}) {
  const { port, ...rest } = options;
  const url = new URL(await createDatabase(server.url));
  if (port) url.port = String(port);
  const store = new PostgresStore({ url: url.href, ...rest });
  await store.migrate();
  return { store, url: url.href };
}

/** Between the store and the server: swallows everything while `silent`, as a broken network does; a connection takes `slowMs`. */
async function networkPath() {
  const path = { silent: false, slowMs: 0, open: new Set<Socket>(), port: 0 };
  const listener = createServer({ pauseOnConnect: true }, async (client) => {
    path.open.add(client);
    await Bun.sleep(path.slowMs);
    client.resume();
    const upstream = connect(server.port, "127.0.0.1");
    client.on("data", (data) => path.silent || upstream.write(data));
    upstream.on("data", (data) => path.silent || client.write(data));
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      socket.on("error", () => other.destroy());
      socket.on("close", () => other.destroy());
    }
    client.on("close", () => path.open.delete(client));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  path.port = (listener.address() as AddressInfo).port;
  return Object.assign(path, { close: () => listener.close() });
}

describe("PostgreSQL in trouble", () => {
  for (const how of ["fast", "crash"] as const) {
    test(`a ${how === "fast" ? "restart" : "crash"} under load loses nothing that was acknowledged, and is only ever "unavailable"`, async () => {
      const { store } = await openStore();
      const me = someone();
      const acknowledged: [string, string][] = [];
      const refusals = new Set<string>();
      let done = false;
      const threads = await Promise.all(Array.from({ length: 20 }, () => savedThread(store, me)));
      const writers = threads.map(async ({ id }) => {
        while (!done) {
          const item = userMessage(id, "x");
          const refused = await refusal(store.addThreadItem(id, item, me));
          if (refused) refusals.add(refused.code);
          else acknowledged.push([id, item.id]);
          await Bun.sleep(refused ? 10 : 0);
        }
      });
      const more = async (than: number) => until(async () => (acknowledged.length > than ? true : undefined));
      await more(threads.length);
      await server.stop(how);
      await Bun.sleep(300);
      const down = acknowledged.length;
      await server.start();
      await store.ping();
      await more(down);
      done = true;
      await Promise.all(writers);
      expect([...refusals]).toEqual(["store_unavailable"]);
      for (const [thread, item] of acknowledged) expect((await store.loadItem(thread, item, me)).id).toBe(item);
      await store.close();
    }, 60_000);
  }

  test("a network that swallows everything fails each call within its deadline, and leaves no connection behind", async () => {
    const path = await networkPath();
    const { store } = await openStore({ port: path.port, poolSize: 3, deadlineMs: 1500 });
    const me = someone();
    const { id } = await savedThread(store, me);
    await Promise.all(Array.from({ length: 9 }, () => store.loadThread(id, me)));
    expect(path.open.size).toBe(3);

    path.silent = true;
    const began = performance.now();
    const calls = Array.from({ length: 12 }, (_, i) => refusal(i % 2 ? store.loadThread(id, me) : store.addThreadItem(id, userMessage(id, "x"), me)));
    expect((await Promise.all(calls)).map((refused) => refused?.code)).toEqual(Array(12).fill("store_unavailable"));
    expect(performance.now() - began).toBeLessThan(5000);

    path.silent = false;
    expect((await store.loadThread(id, me)).id).toBe(id);
    await store.close();
    await Bun.sleep(100);
    expect(path.open.size).toBe(0);
    path.close();
  }, 60_000);

  test("a network that is back is of use at once, however many wait and however long a connection takes", async () => {
    const path = await networkPath();
    const { store } = await openStore({ port: path.port, poolSize: 3, deadlineMs: 1500 });
    const me = someone();
    const { id } = await savedThread(store, me);
    path.silent = true;
    path.slowMs = 150;
    const calls: { begunAt: number; refused: Promise<unknown> }[] = [];
    const calling = setInterval(() => calls.push({ begunAt: performance.now(), refused: refusal(store.loadThread(id, me)) }), 10);
    await Bun.sleep(2500);
    path.silent = false;
    const backAt = performance.now();
    await until(async () => ((await refusal(store.loadThread(id, me))) ? undefined : true), 3000);
    await Bun.sleep(1000);
    clearInterval(calling);
    const late = await Promise.all(calls.filter(({ begunAt }) => begunAt > backAt + 1500).map(({ refused }) => refused));
    await Promise.all(calls.map(({ refused }) => refused));
    expect(late.filter(Boolean)).toEqual([]);
    await store.close();
    path.close();
  }, 60_000);

  test("a connection that the server ends is not noticed", async () => {
    const { store, url } = await openStore({ poolSize: 2 });
    const me = someone();
    const { id } = await savedThread(store, me);
    const admin = postgres(url, { max: 1 });
    for (let i = 0; i < 20; i++) {
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatkit-server' and datname = current_database()`;
      await addTexts(store, id, me, [String(i)]);
    }
    expect(await allItems(store, id, me)).toHaveLength(20);
    await admin.end();
    await store.close();
  }, 30_000);

  test("a statement that waits for too long ends on the server and answers that the store is unavailable", async () => {
    const { store, url } = await openStore({ deadlineMs: 1000 });
    const me = someone();
    const { id } = await savedThread(store, me);
    const other = postgres(url, { max: 1 });
    await other.unsafe("begin");
    await other`select from chatkit_threads where id = ${id} for update`;
    expect(await refusal(addTexts(store, id, me, ["x"]))).toMatchObject({ code: "store_unavailable", retryAfterS: 1, cause: { code: "57014" } });
    await other.unsafe("rollback");
    expect(await allItems(store, id, me)).toEqual([]);
    await addTexts(store, id, me, ["x"]);
    await other.end();
    await store.close();
  }, 30_000);

  test("a database that turns read-only is read as before, says so, and takes writes again when it may", async () => {
    const { store, url } = await openStore();
    const me = someone();
    const { id } = await savedThread(store, me);
    const admin = postgres(url, { max: 1 });
    const setReadOnly = async (value: "on" | "off") => {
      await admin.unsafe(`alter system set default_transaction_read_only = ${value}`);
      await admin`select pg_reload_conf()`;
    };
    await setReadOnly("on");
    // No write has failed yet.
    expect(await until(() => refusal(store.ping()).then((refused) => refused ?? undefined))).toMatchObject({ trouble: "read_only" });
    expect(await refusal(addTexts(store, id, me, ["x"]))).toMatchObject({ code: "store_unavailable", status: 503, trouble: "read_only" });
    expect((await store.loadThread(id, me)).id).toBe(id);
    await admin.unsafe("set default_transaction_read_only = off");
    await setReadOnly("off");
    await until(async () => ((await refusal(store.ping())) ? undefined : true));
    expect(await allItems(store, id, me)).toEqual([]);
    await addTexts(store, id, me, ["x"]);
    const [threads] = await admin<{ count: string }[]>`select count(*) from chatkit_threads`;
    expect(threads?.count).toBe("1");
    await admin.end();
    await store.close();
  }, 30_000);

  test("everything at once on a few threads ends in the known refusals, with no deadlock", async () => {
    const { store } = await openStore();
    const me = someone();
    const threads = await Promise.all(Array.from({ length: 3 }, () => savedThread(store, me)));
    const codes = new Set<string>();
    const pick = <T>(values: T[]): T => values[Math.floor(Math.random() * values.length)] as T;
    await Promise.all(
      Array.from({ length: 16 }, async (_, worker) => {
        for (let i = 0; i < 60; i++) {
          const thread = pick(threads);
          const run = aRun(thread.id, pick([1, 50, 5000]));
          const fenced = pick([me, { ...me, run }]);
          const message = userMessage(thread.id, `${worker}-${i}`);
          const steps = [
            () => store.openRun({ run, message }, me),
            () => store.addThreadItem(thread.id, clientToolCall(thread.id), fenced),
            () => store.checkpointRun(run, [assistantMessage(thread.id, "half")], me),
            () => pick([() => store.completeClientToolCall(thread.id, 1, fenced), () => store.deleteItemsAfter(thread.id, message.id, fenced)])(),
            () => store.updateThread(thread.id, { title: `${i}` }, me),
            () => store.recoverRuns(),
            async () => Math.random() < 0.2 && (await store.deleteThread(thread.id, me), await store.saveThread(thread, me)),
            () => store.closeRun(run, me),
          ];
          for (const step of steps) codes.add((await refusal(step() as Promise<unknown>))?.code ?? "done");
        }
      }),
    );
    codes.delete("done");
    expect([...codes].filter((code) => !/^(thread_busy|conflict|thread_not_found|item_not_found)$/.test(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(1);
    await store.close();
  }, 60_000);
});
