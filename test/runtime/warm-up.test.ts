import { expect, test } from "bun:test";
import { onAgentRun } from "../../src/agents/usage.ts";
import { rehearse } from "../../src/runtime/warm-up.ts";

test("the warm-up goes all the way through an answer, and counts as none", async () => {
  let counted = 0;
  const stop = onAgentRun(() => counted++);
  await rehearse();
  stop();
  expect(counted).toBe(0);
});
