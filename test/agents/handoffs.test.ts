import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { AgentServerOptions } from "../../src/agents/agent-server.ts";
import { AgentServer } from "../../src/agents/agent-server.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { assistant, runnerFor, say } from "../support/agent-turn.ts";
import { asker, createThread, events, ports, recordingLogger, userInput } from "../support/chat.ts";
import { ResponsesServer } from "../support/responses-server.ts";

let model: ResponsesServer;
beforeAll(() => void (model = new ResponsesServer()));
beforeEach(() => void (model.requests.length = 0));
afterAll(() => model.stop());

const serverOf = (options: Pick<AgentServerOptions, "agent"> & Partial<AgentServerOptions>) =>
  new AgentServer(ports(new MemoryStore(), recordingLogger()), { runner: runnerFor(model), title: false, ...options });

type Asked = { instructions?: string; tools?: { name: string }[] };
const asked = () => model.requests.map(({ body }) => body as Asked);

describe("handoffs to agents whose names have no letter of ASCII", () => {
  test("have distinct tools, and lead to the agent that was meant", async () => {
    const [tokyo, osaka] = ["東京", "大阪"].map((name) => assistant({ name, instructions: name }));
    const server = serverOf({ agent: assistant({ handoffs: [tokyo!, osaka!] }) });
    await createThread(server, say([[{ tool: "transfer_to____2" }], [{ text: "Osaka." }]]));
    expect(asked()[0]?.tools?.map(({ name }) => name)).toEqual(["transfer_to___", "transfer_to____2"]);
    expect(asked().at(-1)?.instructions).toContain("大阪");
  });
});

describe("the turn after a handoff", () => {
  const team = () => {
    const back = assistant({ name: "Billing", instructions: "You bill." });
    const front = assistant({ name: "Front", instructions: "You greet.", handoffs: [back] });
    back.handoffs = [front];
    return front;
  };
  const handedOver = say([[{ tool: "transfer_to_Billing" }], [{ text: "Your bill." }]]);

  async function secondTurn(options: Partial<AgentServerOptions>, text = say([[{ text: "Yes." }]])): Promise<(string | undefined)[]> {
    const server = serverOf({ agent: team(), ...options });
    const me = asker();
    const { threadId } = await createThread(server, handedOver, me);
    model.requests.length = 0;
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(text) }, me);
    await events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(say([[{ text: "Yes." }]])) }, me);
    return asked().map(({ instructions }) => instructions);
  }

  test("begins with the server's agent, as in the SDK", async () => {
    expect(await secondTurn({})).toEqual(["You greet.", "You greet."]);
  });

  test("begins with the agent that answered last where that is wished, until that hands over again", async () => {
    const continueWith = "last_agent";
    expect(await secondTurn({ continueWith })).toEqual(["You bill.", "You bill."]);
    const back = say([[{ tool: "transfer_to_Front" }], [{ text: "Hello." }]]);
    expect(await secondTurn({ continueWith }, back)).toEqual(["You bill.", "You greet.", "You greet."]);
  });
});
