import { expect, test } from "bun:test";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Run } from "../../src/store/store.ts";
import { createThread, ports, recordingLogger, Scripted, textOf } from "../support/chat.ts";
import { ManualClock } from "../support/manual-clock.ts";

const LEASE_MS = 6000;

class Recording extends MemoryStore<RequestContext> {
  readonly checkpoints: (ThreadItem[] | null)[] = [];
  isAway = false;

  override async checkpointRun(run: Run, pending: ThreadItem[] | null, context: RequestContext): Promise<void> {
    this.checkpoints.push(pending && structuredClone(pending));
    if (this.isAway) throw new Error("lost on the way");
    await super.checkpointRun(run, pending, context);
  }
}

const added = (id: string, type: "assistant_message" | "generated_image"): ThreadStreamEvent =>
  ({ type: "thread.item.added", item: type === "assistant_message" ? { id, type, content: [] } : { id, type } });
const delta = (item_id: string, text: string): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id,
  update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
});
const drawn = (item_id: string, i: number): ThreadStreamEvent => ({
  type: "thread.item.updated",
  item_id,
  update: { type: "generated_image.updated", image: { id: "i", url: `data:image/png;base64,${"A".repeat(1000)}${i}` } },
});

/** Answers, does each step in turn, lets a second pass after each, and resolves to what the checkpoints of that second stored. */
async function checkpointsOf(steps: (() => ThreadStreamEvent[])[]) {
  const clock = new ManualClock();
  const store = new Recording(clock.now);
  let wake = Promise.withResolvers<ThreadStreamEvent[] | undefined>();
  const server = new Scripted(async function* () {
    for (;;) {
      const events = await wake.promise;
      wake = Promise.withResolvers();
      if (!events) return;
      yield* events;
    }
  }, { ...ports(store, recordingLogger()), clock, leaseMs: LEASE_MS });
  const over = createThread(server);
  await clock.pass(100);
  const taken: (ThreadItem[] | null)[][] = [];
  for (const step of steps) {
    store.checkpoints.length = 0;
    wake.resolve(step());
    await clock.pass(1000);
    taken.push([...store.checkpoints]);
  }
  wake.resolve(undefined);
  await clock.pass(3000);
  await over;
  return { taken, store };
}

test("of what a crash would not keep a checkpoint stores that it was begun, and then nothing, however it grows", async () => {
  const { taken } = await checkpointsOf([
    () => [added("image", "generated_image"), drawn("image", 1)],
    ...Array.from({ length: 4 }, (_, i) => () => [drawn("image", i + 2)]),
  ]);
  expect(taken[0]).toEqual([[{ id: "image", type: "generated_image", thread_id: expect.any(String), created_at: expect.any(String) } as unknown as ThreadItem]]);
  // In four seconds one renewal of the lease, which has nothing new to store.
  expect(taken.slice(1).flat().filter((pending) => pending !== null)).toEqual([]);
  expect(taken.slice(1).flat().length).toBeLessThanOrEqual(2);
});

test("a text is stored as it grows, and not again while only something else does", async () => {
  const { taken } = await checkpointsOf([
    () => [added("m", "assistant_message"), delta("m", "one ")],
    () => [added("image", "generated_image"), drawn("image", 1)],
    ...Array.from({ length: 3 }, (_, i) => () => [drawn("image", i + 2)]),
    () => [delta("m", "two")],
  ]);
  const texts = taken.map((second) => second.map((pending) => pending && pending.filter(({ id }) => id === "m").map(textOf)));
  expect(texts[0]).toEqual([["one "]]);
  expect(texts.slice(2, 5).flat().filter((text) => text !== null)).toEqual([]);
  expect(texts[5]!.at(-1)![0]).toBe("one two");
});

test("what a checkpoint stored is not taken for known when its answer was lost", async () => {
  const { taken } = await checkpointsOf([
    () => [added("m", "assistant_message"), delta("m", "one ")],
    () => [],
    () => [],
  ]);
  expect(taken.flat().filter((pending) => pending !== null)).toHaveLength(1);
  const clock = new ManualClock();
  const store = new Recording(clock.now);
  store.isAway = true;
  const hung = Promise.withResolvers<void>();
  const server = new Scripted(async function* () {
    yield* [added("m", "assistant_message"), delta("m", "one ")];
    await hung.promise;
  }, { ...ports(store, recordingLogger()), clock, leaseMs: LEASE_MS });
  const over = createThread(server);
  await clock.pass(3000);
  expect(store.checkpoints.length).toBeGreaterThan(2);
  expect(store.checkpoints.every((pending) => pending?.[0] && textOf(pending[0]) === "one ")).toBeTrue();
  hung.resolve();
  await clock.pass(3000);
  await over;
});
