import { afterAll, describe, expect, test } from "bun:test";
import { startAgentFixture } from "../support/agent-fixture.ts";
import { startEchoServer } from "../support/echo-server.ts";
import { replay } from "./replay.ts";
import { transcripts } from "./transcript.ts";

const fixtures = { echo: startEchoServer(), agent: startAgentFixture() };
const recorded = { echo: await transcripts("echo"), agent: await transcripts("agent") };
let passed = 0;

afterAll(async () => {
  await Promise.all([fixtures.echo.stop(), fixtures.agent.stop()]);
  console.log(`conformance: ${passed} of ${recorded.echo.length + recorded.agent.length} scenarios pass`);
});

for (const mode of ["echo", "agent"] as const) {
  describe(`conversations of the reference server, ${mode}`, () => {
    for (const transcript of recorded[mode]) {
      test(`${transcript.name}: ${transcript.about}`, async () => {
        for await (const { label, expected, got } of replay(transcript, fixtures[mode]))
          expect({ [label]: got }).toEqual({ [label]: expected });
        passed++;
      });
    }
  });
}
