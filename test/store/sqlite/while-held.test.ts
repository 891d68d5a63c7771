import { expect, test } from "bun:test";
import { ChatKitError } from "../../../src/errors.ts";
import { whileHeld } from "../../../src/store/sqlite/while-held.ts";
import { StoreUnavailable } from "../../../src/store/unavailable.ts";

const LOCKED = new StoreUnavailable("locked", new Error("database is locked"));
const OPENING = new ChatKitError("store_unavailable", { message: "The database file chat.db cannot be used.", cause: LOCKED });

test("what a start needs of the file is done again while another process holds it", async () => {
  const errors = [OPENING, LOCKED];
  const answered = await whileHeld(() => {
    const error = errors.shift();
    if (error) throw error;
    return "opened";
  });
  expect([answered, errors.length]).toEqual(["opened", 0]);
});

test("it is told what is wrong at once when nobody holds it, and after a while when somebody does for good", async () => {
  let asked = 0;
  const failing = (error: Error, patienceMs: number) => whileHeld(() => (asked++, Promise.reject(error)), patienceMs).catch((thrown: unknown) => thrown);
  const other = new StoreUnavailable("corrupt", new Error("malformed"));
  expect([await failing(other, 60_000), asked]).toEqual([other, 1]);
  expect([await failing(OPENING, 0), asked > 1]).toEqual([OPENING, true]);
});
