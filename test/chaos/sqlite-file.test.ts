import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { diskFull } from "./scenarios/disk-full.ts";
import { lockedFile } from "./scenarios/locked-file.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

describe.concurrent("SQLite's file", () => {
  test("on a disk that fills up: each is told exactly what is stored, readyz says so all the while and takes it back", async () => {
    const figures = await diskFull({ clients: 8, fullMs: 6000 });
    expect(figures).toMatchObject({ told_not_stored: 0, stored_not_told: 0, unexpected: "", unreadable: 0 });
    expect(figures["not_ready"]).toBe(figures["looked"]!);
    expect(figures["after"]).toBeGreaterThan(0);
    expect(figures["ready_again_ms"]).toBeLessThan(8000);
  });

  test("held by another program: reads and probes go on, and what was asked for is stored when it lets go", async () => {
    const figures = await lockedFile();
    expect(figures).toMatchObject({ answered: 10, errors: 0, stored: 11 });
    expect(figures["livez_longest_ms"]).toBeLessThan(1000);
    expect(figures["read_longest_ms"]).toBeLessThan(1000);
  });
});
