import { describe, expect, test } from "bun:test";
import { createApp } from "../../src/http/app.ts";
import { assistantMessage } from "../../src/server/builders.ts";
import { ports, Scripted } from "../support/chat.ts";
import { HOSTILE_BODIES } from "../support/hostile-bodies.ts";

/** What one client may cost: one test for each attack, named by its weakness. */

const post = (app: ReturnType<typeof createApp>, body: string) =>
  Promise.resolve(app.request("/chatkit", { method: "POST", body, headers: { "content-type": "application/json" } }));

/** The most processor time between two turns of the loop while that is going on; unlike time on a clock, nobody else's. */
async function longestHoldMs(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  let before = process.cpuUsage();
  const look = () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work;
  isOver = true;
  return longest;
}

describe("what a body may cost", () => {
  const app = createApp(
    new Scripted(async function* () {
      yield assistantMessage("Hello.");
    }, ports()),
  );

  for (const [kind, body] of Object.entries(HOSTILE_BODIES)) {
    test(`CWE-770: a mebibyte of ${kind} holds nobody up`, async () => {
      await (await post(app, body)).text();
      const answered = post(app, body);
      const hold = await longestHoldMs(answered);
      expect((await answered).status).toBeLessThan(500);
      // Issues of half a million values, collected and thrown away, took 500 to 1,600 ms.
      expect(hold).toBeLessThan(100);
    });
  }
});
