import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { say, texts } from "../support/agent-turn.ts";
import { emptyFolder } from "../support/binary.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

const TITLE_MODEL = { CHATKIT_TITLE_MODEL: "small-one" };
const FIXTURES = join(import.meta.dir, "../fixtures/agents");

let folder: Awaited<ReturnType<typeof emptyFolder>>;
let agentFile: string;
beforeAll(async () => {
  folder = await emptyFolder();
  agentFile = join(folder.path, "agent.yaml");
  await Bun.write(agentFile, "name: Helper\ninstructions: Help.\n");
});
afterAll(() => folder[Symbol.asyncDispose]());

let served: ServedAgent;
afterEach(() => served.stop());

const asked = () => served.model.requests.filter(({ body }) => body["model"] === "small-one");
const slowly = (text: string) => say({ turns: [[{ text }]], delay: 40 });

describe("a configured title model", () => {
  test.each([
    ["the built-in assistant", () => undefined],
    ["an Agent of a module", () => join(FIXTURES, "assistant.ts")],
    ["an agent file", () => agentFile],
  ])("names the threads of %s while the first answer streams, once", async (_, file) => {
    served = await serveAgent(file(), TITLE_MODEL);
    const page = served.page();
    const events = await page.say(`Plan a trip. ${slowly("one two three four five six")}`);
    const types = events.map((event) => event.type);
    expect(events.find((event) => event.type === "thread.updated")).toMatchObject({ thread: { title: "one two three four five six" } });
    expect(types.indexOf("thread.updated")).toBeLessThan(types.lastIndexOf("thread.item.updated"));
    expect(JSON.stringify(asked()[0]?.body["input"])).toContain("Plan a trip.");
    await page.say("And then?");
    expect(asked()).toHaveLength(1);
    expect((await page.thread()).title).toBe("one two three four five six");
  });

  test("that fails leaves the first words as the name", async () => {
    served = await serveAgent(undefined, TITLE_MODEL);
    const page = served.page();
    const refusal = { "Name the conversation": [[{ http_error: { status: 400 } }]] };
    const events = await page.say(`Plan a trip ${say({ turns: [[{ text: "Gladly." }]], when: refusal })}`);
    expect(texts(events)).toEqual(["Gladly."]);
    expect((await page.thread()).title).toStartWith("Plan a trip");
    await served.settled();
    expect(served.lines.some(({ level, message }) => level === "warn" && message === "no title could be made: the first words are the title")).toBe(true);
  });

  test("is told to server classes, which decide for themselves", async () => {
    const source = `
      import { Agent } from "@openai/agents";
      import { AgentServer } from "chatkit-server";
      export default class extends AgentServer {
        constructor(ports) {
          super(ports, { agent: new Agent({ name: "Own", instructions: "for " + ports.titleModel }), title: false });
        }
      }`;
    await Bun.write(join(folder.path, "own.ts"), source);
    served = await serveAgent(join(folder.path, "own.ts"), TITLE_MODEL);
    const page = served.page();
    await page.say("Hi");
    expect(served.model.requests.map(({ body }) => body["instructions"])).toEqual(["for small-one"]);
    expect((await page.thread()).title).toBeUndefined();
  });
});
