import { expect, test } from "bun:test";
import { ChatKitError } from "../../src/errors.ts";
import { RequestContexts } from "../../src/http/contexts.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { recordingLogger } from "../support/chat.ts";
import { LIST_THREADS, errorOf, testApp } from "../support/http.ts";
import { until } from "../support/until.ts";

const admitted = (contexts: RequestContexts<any>, init: RequestInit = {}): Request => {
  const request = new Request("http://127.0.0.1/chatkit", init);
  contexts.admit(request, { userId: "ada", requestId: "r1" });
  return request;
};

test("a context says who asks, in which session and language", async () => {
  const contexts = new RequestContexts(recordingLogger());
  const headers = { "x-session-id": "s1", "accept-language": "de-CH,de;q=0.9" };
  expect(await contexts.of(admitted(contexts, { headers }))).toMatchObject({
    userId: "ada",
    requestId: "r1",
    sessionId: "s1",
    locale: "de-CH",
  });
  const bare = await contexts.of(admitted(contexts, { headers: { "accept-language": "*" } }));
  expect([bare.sessionId, bare.locale]).toEqual([undefined, undefined]);
});

test("it is made once, richer when a module makes it so, and only for requests that were let in", async () => {
  let made = 0;
  const contexts = new RequestContexts<RequestContext & { plan: string }>(recordingLogger(), (request, base) => {
    made += 1;
    return { ...base, plan: request.headers.get("x-plan") ?? "free" };
  });
  const request = admitted(contexts, { headers: { "x-plan": "gold" } });
  expect((await contexts.of(request)).plan).toBe("gold");
  expect(await contexts.of(request)).toBe(await contexts.of(request));
  expect(made).toBe(1);
  expect(() => contexts.of(new Request("http://127.0.0.1/"))).toThrow("c.req.raw");
});

test("a module's context may refuse the request", async () => {
  const contexts = new RequestContexts(recordingLogger(), () => {
    throw new ChatKitError("forbidden", { message: "Your plan has ended." });
  });
  expect(await errorOf(await testApp({ contexts }).post(LIST_THREADS))).toMatchObject({ status: 403, message: "Your plan has ended." });
});

test("its signal aborts when the request does, and when a reader leaves", async () => {
  const contexts = new RequestContexts(recordingLogger());
  const client = new AbortController();
  const { signal } = await contexts.of(admitted(contexts, { signal: client.signal }));
  expect(signal.aborted).toBe(false);
  client.abort();
  expect(signal.aborted).toBe(true);
  const left = admitted(contexts);
  contexts.leave(left);
  expect((await contexts.of(left)).signal.aborted).toBe(true);
});

test("a signal that is looked at late tells that the client has gone before", async () => {
  const contexts = new RequestContexts(recordingLogger());
  const arrived = Promise.withResolvers<Request>();
  const answer = Promise.withResolvers<Response>();
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: (request) => (arrived.resolve(request), answer.promise) });
  const client = new AbortController();
  const left = fetch(server.url, { signal: client.signal }).catch(() => {});
  const request = await arrived.promise;
  contexts.admit(request, { userId: "ada", requestId: "r1" });
  const context = await contexts.of(request);
  client.abort();
  await left;
  await until(async () => (server.requestIP(request) === null ? true : undefined));
  // Bun aborts the request about a millisecond after it has forgotten the address.
  await until(async () => context.signal.aborted || undefined);
  expect(context.signal.aborted).toBe(true);
  answer.resolve(new Response());
});

test("work beside the stream is waited for, and its failure is logged, never thrown", async () => {
  const logger = recordingLogger();
  const contexts = new RequestContexts(logger);
  const context = await contexts.of(admitted(contexts));
  let done = false;
  context.waitUntil(Bun.sleep(10).then(() => (done = true)));
  context.waitUntil(Promise.reject(new Error("late")));
  await contexts.settled();
  expect(done).toBe(true);
  expect(logger.lines).toMatchObject([{ level: "error", fields: { request_id: "r1" } }]);
});
