import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { binary, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { LIST_THREADS, errorOf } from "../support/http.ts";

setDefaultTimeout(90_000);
const MIB = 1024 ** 2;
let program: Program;
beforeAll(async () => {
  await binary();
  program = await startBinary(["--database-url", "memory:"]);
});
afterAll(() => program.end("SIGKILL"));

test.each([
  ["malformed JSON", "{", 400, "invalid_json"],
  ["an unknown type", '{"type":"nope","params":{}}', 400, "unknown_operation"],
  ["a missing field", '{"type":"threads.create","params":{}}', 400, "invalid_request"],
  ["100,000 levels of nesting", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, 400, "invalid_request"],
  ["two mebibytes", JSON.stringify({ ...LIST_THREADS, pad: "x".repeat(2 * MIB) }), 413, "body_too_large"],
  ["a __proto__ key", '{"type":"threads.list","params":{"__proto__":{"limit":1}}}', 400, "invalid_request"],
  ["an unknown thread", '{"type":"items.list","params":{"thread_id":"thr_none"}}', 404, "thread_not_found"],
])("%s is refused with its code", async (_, body, status, code) => {
  expect(await errorOf(await program.post(body))).toMatchObject({ status, code });
});

test("a streaming operation on an unknown thread is one error event", async () => {
  const events = await program.events("threads.add_user_message", { thread_id: "thr_none", input: userInput("hi") });
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ type: "error", allow_retry: false });
});

test("bodies far over the limit are not kept in memory, whichever way they come", async () => {
  const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${program.child.pid}/status`, "utf8"))?.[1]) / 1024;
  const before = peak();
  const big = new Uint8Array(48 * MIB);
  const statuses = await Promise.all(
    Array.from({ length: 4 }, async (_, i) => {
      const body = i % 2 === 0 ? big : new Blob([big]).stream();
      // Where the server answers and closes before all is sent, fetch may see the closing first.
      const response = await program.post("", { body }).catch(() => undefined);
      return response?.status ?? 413;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([413]));
  expect(peak() - before).toBeLessThan(24);
  expect((await program.post(LIST_THREADS)).status).toBe(200);
});
