import { describe, expect, test } from "bun:test";
import type { SentEvent } from "../../../src/protocol/events.ts";
import { assistantMessage } from "../../../src/server/builders.ts";
import { Limits } from "../../../src/server/limits/limits.ts";
import { StreamingResult } from "../../../src/server/result.ts";
import { asker, createThread, ports, recordingLogger, Scripted, userInput, type Asker, type Logged } from "../../support/chat.ts";
import { until } from "../../support/until.ts";

/** A server whose answers wait until they are told to end. */
function waiting() {
  const logger = recordingLogger();
  const gate = Promise.withResolvers<void>();
  const server = new Scripted(async function* () {
    yield assistantMessage("begun");
    await gate.promise;
    yield assistantMessage("ended");
  }, ports(undefined, logger));
  return { server, open: gate.resolve, lines: logger.lines as Logged[] };
}

async function begin(server: Scripted, limits: Limits, context: Asker, body: object = { input: userInput(crypto.randomUUID()) }, type = "threads.create") {
  const result = await server.process(JSON.stringify({ type, params: body }), context, { limits });
  if (!(result instanceof StreamingResult)) throw new Error(type);
  const frames = result[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await frames.next()).value?.replace(/^data: /, "") ?? "null") as SentEvent | null;
  return { first: await next(), next, frames };
}

const refusal = (message: RegExp, allow_retry = true) => ({ type: "error", code: "custom", message: expect.stringMatching(message) as string, allow_retry });

describe("limits of answers", () => {
  test("a user has so many answers at once, others have theirs, and one that ends makes room for the next", async () => {
    const { server, open, lines } = waiting();
    const limits = new Limits({ answersPerUser: 2 });
    const ada = [await begin(server, limits, asker("ada")), await begin(server, limits, asker("ada"))];
    const refused = await begin(server, limits, asker("ada"));
    expect(refused.first).toEqual(refusal(/at once/) as never);
    expect(await refused.next()).toBeNull();
    expect((await begin(server, limits, asker("bob"))).first?.type).toBe("thread.created");
    open();
    for (const { frames } of ada) for await (const _ of { [Symbol.asyncIterator]: () => frames });
    expect((await begin(server, limits, asker("ada"))).first?.type).toBe("thread.created");
    expect(lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ category: "audit", event: "limit_hit", reason: "answers_per_user", user_id: "ada" }));
  });

  test("beyond the limit in all, and while the loop is late, new answers are refused and may be tried again", async () => {
    const { server } = waiting();
    let isLate = false;
    const limits = new Limits({ answers: 1, isLate: () => isLate });
    const ada = asker("ada");
    await begin(server, limits, ada);
    expect((await begin(server, limits, asker("bob"))).first).toEqual(refusal(/busy/) as never);
    const late = new Limits({ isLate: () => isLate });
    isLate = true;
    expect((await begin(server, late, asker("bob"))).first).toEqual(refusal(/busy/) as never);
    isLate = false;
    expect((await begin(server, late, asker("bob"))).first?.type).toBe("thread.created");
  });

  test("so many answers begin in a minute; a refused one has stored nothing and asked no model", async () => {
    const { server } = waiting();
    const limits = new Limits({ answersPerMinute: 3 });
    for (let i = 0; i < 3; i++) await begin(server, limits, asker("ada"));
    expect((await begin(server, limits, asker("ada"))).first).toEqual(refusal(/Too many messages in a short time. Try again in 60 seconds/) as never);
    expect((await server.store.loadThreads(10, null, "asc", asker("ada"))).data).toHaveLength(3);
  });

  test("a body that is sent again joins its answer: it takes a place, and is no new answer", async () => {
    const { server, open } = waiting();
    const { threadId } = await (async () => {
      const free = new Scripted(async function* () {}, ports(server.store));
      return createThread(free, "hi", asker("ada"));
    })();
    const limits = new Limits({ answersPerMinute: 1, answersPerUser: 2 });
    const body = { thread_id: threadId, input: userInput("the same") };
    const again = () => begin(server, limits, asker("ada"), body, "threads.add_user_message");
    const [first, second, third] = await Promise.all([again(), again(), again()]);
    expect([first.first?.type, second.first?.type]).toEqual(["thread.item.done", "thread.item.done"]);
    expect(third.first).toEqual(refusal(/at once/) as never);
    open();
    for (const { frames } of [first, second]) for await (const _ of { [Symbol.asyncIterator]: () => frames });
    expect(() => limits.answer("ada", undefined)).not.toThrow();
  });

  test("a place is given back by an answer that its reader left, that failed, and that went on without a reader once it ends", async () => {
    for (const allow_cancel of [true, false]) {
      const { server, open } = waiting();
      server.getStreamOptions = () => ({ allow_cancel });
      const limits = new Limits({ answersPerUser: 1 });
      const ada = asker("ada");
      const { frames, next } = await begin(server, limits, ada);
      await next();
      await next();
      ada.leave();
      await frames.return?.();
      const again = await begin(server, limits, asker("ada"));
      if (allow_cancel) expect(again.first?.type).toBe("thread.created");
      else expect(again.first).toEqual(refusal(/at once/) as never);
      open();
      for await (const _ of { [Symbol.asyncIterator]: () => again.frames });
      await until(async () => attempt(() => limits.answer("ada", undefined)()) || undefined);
    }
    const broken = new Scripted(() => {
      throw new Error("broken");
    });
    const limits = new Limits({ answersPerUser: 1 });
    for (let i = 0; i < 3; i++) {
      const { first, frames } = await begin(broken, limits, asker("ada"));
      expect(first?.type).toBe("thread.created");
      for await (const _ of { [Symbol.asyncIterator]: () => frames });
    }
  });

  test("an answer that nobody begins to read takes no place", async () => {
    const { server } = waiting();
    const limits = new Limits({ answersPerUser: 1 });
    for (let i = 0; i < 3; i++) await server.process(JSON.stringify({ type: "threads.create", params: { input: userInput("x") } }), asker("ada"), { limits });
    expect((await begin(server, limits, asker("ada"))).first?.type).toBe("thread.created");
  });

  test("who is over a quota may begin no new thread, or nothing at all, and is told what helps; reading and deleting go on", async () => {
    const { server } = waiting();
    for (const reason of ["threads_quota", "bytes_quota"] as const) {
      const limits = new Limits({ quota: (userId, isNewThread) => (userId === "ada" && (isNewThread || reason === "bytes_quota") ? reason : undefined) });
      expect((await begin(server, limits, asker("ada"))).first).toEqual(refusal(/delete some/, false) as never);
      const { first } = await begin(server, limits, asker("bob"));
      if (first?.type !== "thread.created") throw new Error("bob was refused");
      const list = await server.process('{"type":"threads.list","params":{}}', asker("ada"), { limits });
      expect(list).not.toBeInstanceOf(StreamingResult);
    }
  });
});

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
