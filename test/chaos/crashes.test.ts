import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { removedText, sentAgain } from "./scenarios/after-death.ts";
import { kill } from "./scenarios/kill.ts";
import { orphans } from "./scenarios/orphans.ts";
import { pausedOwner } from "./scenarios/paused-owner.ts";
import { saveHosted } from "./scenarios/save-hosted.ts";
import { LEASE_MS, type Kind } from "./world.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

// Above what is promised only by what a busy machine may add.
const SLACK_MS = 4000;

describe.concurrent.each<Kind>(["sqlite", "postgres"])("over %s", (kind) => {
  test("kill -9 under streams loses nothing that was said to be done, and at most the last second of the rest", async () => {
    const figures = await kill(kind, { streams: 30 });
    expect(figures).toMatchObject({ missing: 0, different: 0, duplicates: 0, stuck: 0 });
    expect(figures["told"]).toBeGreaterThanOrEqual(30);
    expect(figures["partial"]).toBeGreaterThanOrEqual(15);
    expect(figures["partial_lost_ms"]).toBeLessThan(1000 + SLACK_MS);
    expect(figures["freed_ms"]).toBeLessThan(2 * LEASE_MS + SLACK_MS);
  });

  test("what a killed process left open is closed by another within two leases", async () => {
    const figures = await orphans(kind, { threads: 40 });
    expect(figures).toMatchObject({ threads: 40, stuck: 0 });
    expect(figures["freed_ms"]).toBeLessThan(2 * LEASE_MS + SLACK_MS);
  });

  test("a process that was paused past its lease writes nothing when it goes on", async () => {
    expect(await pausedOwner(kind)).toMatchObject({ pauses: 5, written_late: 0, unanswered: 0, wrong_ends: 0 });
  });

  test("a text that an answer has taken back does not return when the process is killed", async () => {
    expect(await removedText(kind)).toMatchObject({ threads: 6, returned: 0 });
  });

  test("what a person answered, and nobody went on with since the process was killed, can be sent again", async () => {
    expect(await sentAgain(kind)).toMatchObject({ sent: 3, answered: 3, stored_twice: 0 });
  });
});

test("a hosted project is saved whole by a program that is killed three times on the way", async () => {
  const figures = await saveHosted({ threads: 150, kills: 3 });
  expect(figures).toMatchObject({ kills: 3, taken_for_whole: 0, different: 0, exit: 0, check_exit: 0, repeat_exit: 0 });
  expect(figures).toMatchObject({ repeat_items: 0, repeat_previews: 0 });
  // Whether there are new items shows at the end of a thread only, so its last four are read again (see `saveThread`).
  expect(figures["repeat_items_read"]).toBeLessThanOrEqual(4 * 150);
});
