import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { migrateTogether } from "./scenarios/migrate-together.ts";
import { races } from "./scenarios/races.ts";
import { resent } from "./scenarios/resent.ts";
import { retryKilled } from "./scenarios/retry-killed.ts";
import { rollingRestart } from "./scenarios/rolling-restart.ts";
import { sigterm } from "./scenarios/sigterm.ts";
import { stopAndRepeat } from "./scenarios/stop-and-repeat.ts";
import { widgetRaces } from "./scenarios/widget-races.ts";
import { sigtermOpening } from "./scenarios/sigterm-opening.ts";
import type { Figures, Kind } from "./world.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

/** Both databases at a time: most of it is waiting. */
async function both(scenario: (kind: Kind) => Promise<Figures>): Promise<Figures[]> {
  const [sqlite, postgres] = await Promise.all([scenario("sqlite"), scenario("postgres")]);
  return [{ over: "sqlite", ...sqlite }, { over: "postgres", ...postgres }];
}

test("of two messages for one thread, sent to two processes at once, exactly one is answered", async () => {
  for (const figures of await both((kind) => races(kind))) {
    expect(figures).toMatchObject({ neither: 0, wrong_items: 0, wrong_order: 0 });
    expect(Number(figures["answered"]) + Number(figures["refused"])).toBe(100);
    // On a busy machine the second message may come when the first is answered: then both are, one after the other.
    expect(figures["both"]).toBeLessThan(10);
  }
});

test("a retry that is cut by kill -9 leaves no half thread", async () => {
  for (const figures of await both((kind) => retryKilled(kind, { rounds: 2, turns: 3 }))) {
    expect(figures).toMatchObject({ retries: 20, half: 0 });
    expect(figures["cut"]).toBeGreaterThanOrEqual(2);
  }
});

test("twenty processes that migrate at once, one of them killed, apply each file once", async () => {
  // One database after the other: it is twenty programs that start at once, not forty.
  for (const kind of ["sqlite", "postgres"] as const) {
    const figures = await migrateTogether(kind);
    expect(figures).toMatchObject({ failed: 0, wrong: 0 });
    expect(figures["settled_ms"]).toBeLessThan(30_000);
  }
});

test("SIGTERM with fifty streams ends each by itself or with an error that can be retried", async () => {
  for (const figures of await both((kind) => sigterm(kind))) {
    expect(figures).toMatchObject({ new_work: 503, done: 25, errors: 25, retryable: 25, cut: 0, exit_code: 0 });
    expect(figures["not_ready_ms"]).toBeLessThan(1000);
    expect(figures["second_signal_ms"]).toBeLessThan(1000);
  }
});

test("SIGTERM while requests open their runs cuts none of them", async () => {
  for (const figures of await both((kind) => sigtermOpening(kind))) {
    expect(figures).toMatchObject({ cut: 0, other: "", unclean: 0 });
  }
});

test("a rolling restart under load refuses and resets nothing", async () => {
  const figures = await rollingRestart("sqlite", { bare: false });
  expect(figures).toMatchObject({ fresh_refused: 0, fresh_reset: 0, kept_refused: 0, kept_reset: 0, exit_code: 0 });
  expect(figures["fresh"]).toBeGreaterThan(100);
  expect(figures["ended"]).toBeGreaterThan(0);
});

test("a body that is sent a hundred times before the head of its answer has left, or after its process died, is one message", async () => {
  const runs = [resent("sqlite"), resent("postgres", { processes: 2 })];
  for (const figures of await Promise.all(runs)) {
    expect(figures).toMatchObject({ messages: 1, model_calls: 1, same_as_stored: 1, failed: 0 });
    expect(figures).toMatchObject({ messages_after_death: 1, calls_after_death: 0, same_after_death: 1, failed_after_death: 0 });
    expect(figures).toMatchObject({ busy_refused: 1, honest_messages: 2, honest_chats: 2, honest_calls: 2 });
  }
});

test("a widget that is streamed into and clicked on at once, through two processes, keeps both", async () => {
  for (const figures of await both((kind) => widgetRaces(kind))) {
    expect(figures).toMatchObject({ clicks: 60, answered: 60, clicks_lost: 0, answers_without_their_click: 0, streamed: 180, streamed_lost: 0 });
  }
});

test("Stop, and the same message at once: it is answered, or refused with an error", async () => {
  for (const figures of await both((kind) => stopAndRepeat(kind, { times: 24, processes: 2 }))) {
    expect(figures).toMatchObject({ times: 24, swallowed: 0, messages_missing: 0 });
    expect(figures["answered"]).toBeGreaterThan(15);
  }
});
