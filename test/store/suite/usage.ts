import { describe, expect, test } from "bun:test";
import { addTexts, savedThread, someone } from "../rows.ts";
import type { SuiteStore } from "../store-suite.ts";

export function usageTests(store: () => SuiteStore): void {
  describe("usage", () => {
    test("what a user has stored is counted, by threads and bytes, and nobody else's", async () => {
      const [me, other] = [someone(), someone()];
      expect(await store().usage(me.userId, 1e9)).toEqual({ threads: 0, bytes: 0 });
      const threads = [await savedThread(store(), me, { title: "a" }), await savedThread(store(), me)];
      const { id } = await savedThread(store(), other);
      await addTexts(store(), id, other, ["y".repeat(5000)]);
      const bare = await store().usage(me.userId, 1e9);
      expect(bare.threads).toBe(2);
      // PostgreSQL writes blanks into its JSON, and counts them.
      const size = Buffer.byteLength(threads.map((thread) => JSON.stringify(thread)).join(""));
      expect(bare.bytes).toBeWithin(size, size * 1.2);
      await addTexts(store(), threads[0]!.id, me, ["é".repeat(10_000), "z".repeat(10_000)]);
      const { bytes } = await store().usage(me.userId, 1e9);
      expect(bytes - bare.bytes).toBeWithin(30_000, 31_000);
      expect((await store().usage(me.userId, undefined)).threads).toBe(2);
      expect((await store().usage(me.userId, 1000)).bytes).toBeGreaterThanOrEqual(1000);
    });
  });
}
