import { afterAll, describe, expect, test } from "bun:test";
import type { RequestContext, ThreadItem } from "../../src/index.ts";
import { startEchoServer } from "../support/echo-server.ts";
import type { Client } from "./client.ts";
import { replay, type Peer } from "./replay.ts";
import { transcripts } from "./transcript.ts";

const echo = startEchoServer();
const recorded = await transcripts("echo");
let passed = 0;

afterAll(async () => {
  await echo.stop();
  console.log(`conformance: ${passed} of ${recorded.length} scenarios pass`);
});

describe("conversations of the reference server", () => {
  for (const transcript of recorded) {
    test(`${transcript.name}: ${transcript.about}`, async () => {
      for await (const { label, expected, got } of replay(transcript, echo.url, peer)) expect({ [label]: got }).toEqual({ [label]: expected });
      passed++;
    });
  }
});

/** The recorded app's own routes: what its store holds, what its feedback hook saw, uploads. */
const peer: Peer = async ({ method, path }, client) => {
  if (path.startsWith("/upload/")) return void (await client.fetch(path, { method, body: "bytes" }));
  const [, threadId] = /^\/debug\/raw\/(\w+)$/.exec(path) ?? [];
  return threadId ? raw(threadId, client) : undefined;
};

async function raw(threadId: string, { user }: Client): Promise<unknown> {
  const context = { userId: user } as RequestContext;
  const thread = await echo.store.loadThread(threadId, context);
  const { data: items } = await echo.store.loadThreadItems(threadId, null, 1000, "asc", context);
  return { thread, items: items satisfies ThreadItem[] };
}
