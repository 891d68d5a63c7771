import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { crossUser } from "./scenarios/cross-user.ts";
import { mcpFlood, refusedFlood } from "./scenarios/floods.ts";
import { hostileBodies } from "./scenarios/hostile-bodies.ts";
import { mangled } from "./scenarios/mangled.ts";
import { silentReader } from "./scenarios/silent-reader.ts";

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
    expect(await refusedFlood({ requests: 1000 })).toMatchObject({ not_refused: 0, unknown: 60, lines: 3 });
  });

  test("keeps nobody waiting by bodies that are made to cost, and does not swell the process (CWE-400)", async () => {
    const figures = await hostileBodies("sqlite", { forMs: 3000, bare: false });
    expect(figures).toMatchObject({ failed: 0 });
    expect(figures["peak_mib"]).toBeLessThan(300);
    // 50 ms on a machine of one's own: what it was without them tells how far from that this one is.
    expect(figures["p99_ms"]).toBeLessThan(Math.max(100, 10 * Number(figures["calm_p99_ms"])));
  });

  test("who takes nothing of a large answer is cut off, and memory is given back (CWE-400)", async () => {
    const figures = await silentReader();
    expect(figures["taken_mib"]).toBeLessThan(16);
    expect(figures["cut_after_ms"]).toBeWithin(7000, 20_000);
  });

  test("that is an MCP server keeps nobody from an answer (CWE-400)", async () => {
    const figures = await mcpFlood("notifications", { floodMs: 500 });
    expect(figures).toMatchObject({ answered: 1, lines: 0 });
    expect(figures["livez_p50_ms"]).toBeLessThan(100);
  });
});
