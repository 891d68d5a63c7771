import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { crossUser } from "./scenarios/cross-user.ts";
import { mcpFlood, refusedFlood } from "./scenarios/floods.ts";
import { mangled } from "./scenarios/mangled.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

describe("a stranger", () => {
  test("learns nothing of another user's conversations, in any operation and by any field, and changes nothing in them (CWE-639)", async () => {
    const figures = await crossUser("sqlite", "header", { attempts: 150 });
    expect(figures).toMatchObject({ attempts: 150, operations: 16, different: 0, leaked: 0, changed: 0, first: "" });
  });

  test("brings about no error of ours by mangled requests (CWE-20)", async () => {
    const figures = await mangled("sqlite", { requests: 300 });
    expect(figures).toMatchObject({ failed: 0, errors: 0, ready: 200, exit: "running" });
    expect(figures["refused"]).toBeGreaterThan(100);
    expect(figures["answered"]).toBeGreaterThan(5);
  });

  test("cannot fill the log by being refused (CWE-779)", async () => {
    expect(await refusedFlood({ requests: 1000 })).toMatchObject({ not_refused: 0, lines: 2 });
  });

  test("that is an MCP server keeps nobody from an answer (CWE-400)", async () => {
    const figures = await mcpFlood("notifications", { floodMs: 500 });
    expect(figures).toMatchObject({ answered: 1, lines: 0 });
    expect(figures["livez_p50_ms"]).toBeLessThan(100);
  });
});
