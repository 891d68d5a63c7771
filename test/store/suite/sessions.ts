import { describe, expect, test } from "bun:test";
import type { SuiteStore } from "../store-suite.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000);
const twoHoursAgo = () => new Date(Date.now() - 7_200_000);

export function sessionTests(store: () => SuiteStore): void {
  describe("cancelled sessions", () => {
    test("are known from then on, and no others; cancelling twice is no error", async () => {
      const id = crypto.randomUUID();
      expect(await store().isSessionCancelled(id)).toBe(false);
      await Promise.all([store().cancelSession(id, inAnHour()), store().cancelSession(id, inAnHour())]);
      await store().cancelSession(id, inAnHour());
      expect(await store().isSessionCancelled(id)).toBe(true);
      expect(await store().isSessionCancelled(id.toUpperCase())).toBe(false);
    });

    test("are forgotten by a later cancellation when they have expired long ago, and not before", async () => {
      const [expired, justExpired, valid] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
      await store().cancelSession(valid, inAnHour());
      await store().cancelSession(justExpired, new Date());
      await store().cancelSession(expired, twoHoursAgo());
      await store().cancelSession(crypto.randomUUID(), inAnHour());
      expect(await store().isSessionCancelled(expired)).toBe(false);
      expect(await store().isSessionCancelled(justExpired)).toBe(true);
      expect(await store().isSessionCancelled(valid)).toBe(true);
    });
  });
}
