import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { blackHole } from "./scenarios/black-hole.ts";
import { databaseRestart } from "./scenarios/database-restart.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

describe.concurrent("PostgreSQL", () => {
  test("killed under load and started again loses nothing acknowledged, is only ever unavailable, and soon is back", async () => {
    const figures = await databaseRestart({ rounds: 2, clients: 6 });
    expect(figures).toMatchObject({ lost: 0, unexpected: "", crashed: 0 });
    expect(figures["told"]).toBeGreaterThan(100);
    expect(figures["refused"]).toBeGreaterThan(0);
    expect(figures["normal_after_ms"]).toBeLessThan(5000);
  });

  test("behind a network that swallows everything ends each request within 10 s, and keeps no connection too many", async () => {
    const figures = await blackHole();
    expect(figures).toMatchObject({ unexpected: "", leaked: 0 });
    expect(figures["requests"]).toBeGreaterThan(50);
    expect(Number(figures["longest_ms"]) - Number(figures["machine_ms"])).toBeLessThan(10_000);
    // Some three seconds on a quiet machine: those in which a connection was begun that the network swallowed.
    expect(figures["normal_after_ms"]).toBeLessThan(10_000);
  });
});
