import { expect, test } from "bun:test";
import { lateAgent } from "../../../src/agents/loading/late-agent.ts";
import type { LoadedAgent } from "../../../src/agents/loading/load-agent-server.ts";
import { CustomStreamError } from "../../../src/errors.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";
import { assistantMessage } from "../../../src/server/builders.ts";
import { ask, createThread, events, itemsOf, ports, Scripted, textOf } from "../../support/chat.ts";

class Clickable extends Scripted {
  override async *action(): AsyncGenerator<ThreadStreamEvent> {
    yield assistantMessage("Clicked.");
  }
}

function late() {
  const given = ports();
  const loading = Promise.withResolvers<LoadedAgent>();
  let loads = 0;
  const agent = lateAgent(given, () => (loads++, loading.promise));
  const finish = () => {
    const server = new Clickable(async function* (_thread, message) {
      yield assistantMessage(`You said: ${textOf(message!)}`);
    }, given);
    loading.resolve({ server, describe: async () => "An echo.", models: async () => [], close: async () => {} });
  };
  return { agent, finish, fail: loading.reject, loads: () => loads };
}

test("threads are listed while the agent is not loaded, and nothing loads it", async () => {
  const { agent, loads } = late();
  expect(await ask<object>(agent.server, "threads.list", {})).toMatchObject({ data: [] });
  expect(loads()).toBe(0);
});

test("a message waits for the agent, which is loaded once", async () => {
  const { agent, finish, loads } = late();
  const answers = Promise.all([createThread(agent.server, "one"), createThread(agent.server, "two")]);
  finish();
  const [one, two] = await answers;
  expect(await agent.describe()).toBe("An echo.");
  expect(loads()).toBe(1);
  expect((await itemsOf(agent.server, one.threadId)).map(textOf)).toEqual(["one", "You said: one"]);
  expect((await itemsOf(agent.server, two.threadId)).map(textOf)).toEqual(["two", "You said: two"]);
  const more = await createThread(agent.server, "three");
  expect(textOf((await itemsOf(agent.server, more.threadId))[1])).toBe("You said: three");
});

test("a click is answered by the agent's own action", async () => {
  const { agent, finish } = late();
  finish();
  const { threadId } = await createThread(agent.server);
  const sent = await events(agent.server, "threads.custom_action", { thread_id: threadId, action: { type: "go", payload: {} } });
  expect(sent).toContainEqual(expect.objectContaining({ type: "thread.item.done", item: expect.objectContaining({ content: [expect.objectContaining({ text: "Clicked." })] }) }));
});

test("an agent that cannot be loaded is an error of the answer", async () => {
  const { agent, fail, loads } = late();
  const asked = createThread(agent.server);
  while (loads() === 0) await Bun.sleep(1);
  fail(new CustomStreamError("It is broken."));
  const { events: sent } = await asked;
  expect(sent.at(-1)).toMatchObject({ type: "error", message: "It is broken." });
  await expect(agent.describe()).rejects.toThrow("It is broken.");
});
