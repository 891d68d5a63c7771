import { describe, expect, test } from "bun:test";
import type { SentEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import { assistantMessage } from "../../../src/server/builders.ts";
import { asker, createThread, events, itemsOf, Scripted, stream, textOf, userInput } from "../../support/chat.ts";

/** Asks the person that; what the person gives is answered in two steps, unless the person leaves after the first. */
function asking(item: object) {
  let answers = 0;
  const server = new Scripted(async function* (_thread, message) {
    if (message && textOf(message) !== "hi") return yield assistantMessage("All right.");
    if (message) return yield { type: "thread.item.done", item: item as ThreadItem };
    answers += 1;
    yield { type: "progress_update", text: "thinking" };
    yield assistantMessage(`answer ${answers}`);
  });
  return { server, answers: () => answers };
}

const CALL = { type: "client_tool_call", call_id: "c", name: "pick", arguments: {} };
const QUESTIONS = { id: "q", type: "structured_input", inputs: [{ id: "where", question: "?", type: "freeform" }] };

describe.each([
  ["a tool's output", CALL, "threads.add_client_tool_output", (given: string) => ({ result: given })],
  ["answers to questions", QUESTIONS, "threads.add_structured_input", (given: string) => ({ item_id: "q", input: { answers: { where: { values: [given] } } } })],
] as const)("%s that a page sends again, since it got no stream", (_, item, operation, paramsOf) => {
  const begin = async () => {
    const { server, answers } = asking(item);
    const { threadId } = await createThread(server);
    const params = (given: string) => ({ ...paramsOf(given), thread_id: threadId });
    return { server, answers, threadId, params, send: (given: string) => events(server, operation, params(given)) };
  };
  const leave = async ({ server, params }: Awaited<ReturnType<typeof begin>>) => {
    const leaver = asker();
    for await (const event of stream(server, operation, params("Rome"), leaver)) if (event.type === "progress_update") leaver.leave();
  };
  const saidIn = (items: ThreadItem[]) => items.filter(({ type }) => type === "assistant_message").map(textOf);

  test("is answered anew when its answer ended with the stream, and is stored once", async () => {
    const begun = await begin();
    const { server, answers, threadId, send } = begun;
    await leave(begun);
    expect(saidIn(await itemsOf(server, threadId))).toEqual([]);
    expect((await send("Rome")).at(-1)?.type).toBe("thread.item.done");
    const items = await itemsOf(server, threadId);
    expect([answers(), saidIn(items), items.filter(({ type }) => type === item.type).length]).toEqual([2, ["answer 2"], 1]);
  });

  test("is shown its answer when that is stored whole, and not answered twice", async () => {
    const { server, answers, threadId, send } = await begin();
    await send("Rome");
    const stored = await itemsOf(server, threadId);
    const sent = await send("Rome");
    expect(sent.at(-1)).toMatchObject({ type: "thread.item.done", item: stored.at(-1)! });
    expect(sent.some((event) => event.type === "thread.item.replaced")).toBe(item.type === "structured_input");
    expect([answers(), await itemsOf(server, threadId)]).toEqual([1, stored]);
  });

  test("is refused when it is not what was given, and when the person has moved on", async () => {
    const refused = async (send: (given: string) => Promise<SentEvent[]>, given: string) => expect((await send(given)).at(-1)).toMatchObject({ type: "error", allow_retry: false });
    const whole = await begin();
    await whole.send("Rome");
    await refused(whole.send, "Oslo");
    await events(whole.server, "threads.add_user_message", { thread_id: whole.threadId, input: userInput("never mind") });
    await refused(whole.send, "Rome");
    expect(whole.answers()).toBe(1);
    const left = await begin();
    await leave(left);
    await refused(left.send, "Oslo");
    await events(left.server, "threads.add_user_message", { thread_id: left.threadId, input: userInput("never mind") });
    await refused(left.send, "Rome");
    expect(left.answers()).toBe(1);
  });
});
