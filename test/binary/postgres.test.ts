import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Page, ThreadMetadata } from "../../src/protocol/thread.ts";
import { doneItems } from "../support/agent-turn.ts";
import { binary, runBinary, startBinary } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { newDatabase } from "../support/postgres.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

test("two processes serve one PostgreSQL database", async () => {
  const env = { DATABASE_URL: await newDatabase() };
  expect((await runBinary(["migrate"], { env })).code).toBe(0);
  await using one = await startBinary([], { env });
  await using two = await startBinary([], { env });
  const events = await one.events("threads.create", { input: userInput("Hi") });
  expect(doneItems(events).map(({ type }) => type)).toEqual(["user_message", "assistant_message"]);
  const { data } = await two.ask<Page<ThreadMetadata>>("threads.list", {});
  expect(data).toHaveLength(1);
  expect(await two.end("SIGTERM")).toBe(0);
  expect(await one.end("SIGTERM")).toBe(0);
});

test("a database that cannot be reached keeps the program from starting, with 1 and without its password", async () => {
  const { code, stderr } = await runBinary(["serve", "--port", "0"], { env: { DATABASE_URL: "postgres://app:planted@127.0.0.1:1/none" } });
  expect(code).toBe(1);
  expect(stderr).toContain("database");
  expect(stderr).not.toContain("planted");
});
