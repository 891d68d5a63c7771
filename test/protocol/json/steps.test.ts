import { expect, test } from "bun:test";
import { inTurn, nextTurn } from "../../../src/protocol/json/steps.ts";

test("long steps of several requests each have a turn of the event loop to themselves, also after one that fails", async () => {
  let steps = 0;
  let most = 0;
  let isOver = false;
  const look = () => {
    most = Math.max(most, steps);
    steps = 0;
    if (!isOver) setImmediate(look);
  };
  look();
  const done = Array.from({ length: 5 }, (_, i) =>
    inTurn(() => {
      steps++;
      if (i === 2) throw new Error("a step");
      return i;
    }).catch((error: Error) => error.message),
  );
  expect(await Promise.all(done)).toEqual([0, 1, "a step", 3, 4]);
  await nextTurn();
  isOver = true;
  expect(most).toBe(1);
});
