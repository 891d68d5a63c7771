import { expect, test } from "bun:test";
import { Quotas } from "../../../src/runtime/parts/quotas.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { addTexts, savedThread } from "../../store/rows.ts";
import { recordingLogger } from "../../support/chat.ts";
import { until } from "../../support/until.ts";

const [ada, bob] = [{ userId: "ada" }, { userId: "bob" }];
const setUp = (limits: { maxThreads?: number; maxBytes?: number }) => {
  const store = new MemoryStore();
  const logger = recordingLogger();
  return { store, logger, quotas: new Quotas({ store, logger, maxThreads: limits.maxThreads, maxBytes: limits.maxBytes }) };
};

test("a quota holds from the next count on, for new threads or for everything, and until something was deleted", async () => {
  const { store, quotas } = setUp({ maxThreads: 2, maxBytes: 5000 });
  const threads = [await savedThread(store, ada), await savedThread(store, ada)];
  expect([quotas.check("ada", true), quotas.check("bob", true)]).toEqual([undefined, undefined]);
  await quotas.count();
  expect([quotas.check("ada", true), quotas.check("ada", false), quotas.check("bob", true)]).toEqual(["threads_quota", undefined, undefined]);
  await addTexts(store, threads[0]!.id, ada, ["x".repeat(6000)]);
  await quotas.count();
  expect([quotas.check("ada", true), quotas.check("ada", false)]).toEqual(["bytes_quota", "bytes_quota"]);
  await store.deleteThread(threads[0]!.id, ada);
  await quotas.count();
  expect([quotas.check("ada", true), quotas.check("ada", false)]).toEqual([undefined, undefined]);
});

test("only who has asked since the last count is counted", async () => {
  const { store, quotas } = setUp({ maxThreads: 1 });
  const counted: string[] = [];
  store.usage = async (userId) => (counted.push(userId), { threads: userId === "ada" ? 1 : 0, bytes: 0 });
  await savedThread(store, bob);
  quotas.check("ada", true);
  quotas.check("ada", true);
  await quotas.count();
  await quotas.count();
  quotas.check("bob", true);
  await quotas.count();
  // Who is over a quota is looked at again until there is room.
  expect(counted).toEqual(["ada", "ada", "bob", "ada"]);
});

test("a store that cannot count is logged, asked again, and refuses nobody", async () => {
  const { store, quotas, logger } = setUp({ maxThreads: 1 });
  await savedThread(store, ada);
  const { usage } = store;
  store.usage = () => Promise.reject(new Error("away"));
  quotas.check("ada", true);
  await quotas.count();
  expect(quotas.check("ada", true)).toBeUndefined();
  expect(logger.lines).toHaveLength(1);
  store.usage = usage;
  await quotas.count();
  expect(quotas.check("ada", true)).toBe("threads_quota");
});

test("it counts by itself, again and again, until it is stopped; without a quota it never does", async () => {
  const { store, quotas } = setUp({ maxThreads: 1 });
  let counts = 0;
  store.usage = async () => (counts++, { threads: 1, bytes: 0 });
  quotas.check("ada", true);
  quotas.start(5);
  await until(async () => counts > 2 || undefined);
  quotas.stop();
  const none = setUp({});
  none.store.usage = () => Promise.reject(new Error("asked"));
  none.quotas.check("ada", true);
  none.quotas.start(1);
  await Bun.sleep(20);
  expect(none.logger.lines).toEqual([]);
});
