import { afterAll, describe, expect, test } from "bun:test";
import { AgentServer } from "../../src/agents/agent-server.ts";
import { ResponseStreamConverter } from "../../src/agents/response/response-stream-converter.ts";
import type { ThreadMetadata, UserMessageItem } from "../../src/index.ts";
import { replay } from "../conformance/replay.ts";
import { transcripts } from "../conformance/transcript.ts";
import { assistant, InputConverter, painter, startAgentFixture } from "../support/agent-fixture.ts";

/** As plain as the reference: no titles, no tool activity, twenty items of history. */
class Plain extends AgentServer {
  protected override selectAgent(_thread: ThreadMetadata, message: UserMessageItem | null) {
    return message?.content.some((part) => part.text.includes("image")) ? painter : assistant;
  }
}

const fixture = startAgentFixture((ports, runner) => {
  const streamConverter = new ResponseStreamConverter({ partialImages: 3 });
  const plain = { historyItems: 20, title: false, toolActivity: "off" as const };
  return new Plain(ports, { agent: assistant, runner, converter: new InputConverter(), streamConverter, ...plain });
});
afterAll(() => fixture.stop());

// That one titles its thread by means of the recorded server's own.
const recorded = (await transcripts("agent")).filter(({ name }) => name !== "agent_title");

describe("an AgentServer without its extras gives the recorded conversations", () => {
  for (const transcript of recorded) {
    test(`${transcript.name}: ${transcript.about}`, async () => {
      for await (const { label, expected, got } of replay(transcript, fixture)) expect({ [label]: got }).toEqual({ [label]: expected });
    });
  }
});
