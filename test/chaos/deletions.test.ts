import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { deleteLong } from "./scenarios/delete-long.ts";
import type { Kind } from "./world.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

describe.concurrent.each<Kind>(["sqlite", "postgres"])("over %s", (kind) => {
  test("a long thread is gone everywhere when that is said, and its rows go even if the program is killed at that moment", async () => {
    const figures = await deleteLong(kind, { items: 20_000, kill: true });
    expect(figures).toMatchObject({ status: 200, seen: 0, failed: 0 });
    // As long as a batch takes, and not as long as the thread: far more than that is only what a busy machine adds.
    expect(figures["ack_ms"]).toBeLessThan(2000);
  });
});
