import { expect, test } from "bun:test";
import { SignedUrls } from "../../src/attachments/signed-urls.ts";
import type { SigningKey } from "../../src/store/store.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { until } from "../support/until.ts";

test("known keys sign without waiting for a database that is away, and new ones are taken when it is back", async () => {
  const [first] = await new MemoryStore().signingKeys();
  const [second] = await new MemoryStore().signingKeys();
  let now = Date.now();
  let keys: () => Promise<SigningKey[]> = async () => [first!];
  const links = new SignedUrls({ keys: () => keys(), publicUrl: "https://chat.example", now: () => now });
  const link = async () => (await links.forUser("me"))("attachment:atc_1");
  const before = await link();
  const hung = Promise.withResolvers<SigningKey[]>();
  keys = () => hung.promise;
  now += 120_000;
  // Neither of these would end otherwise.
  expect([await link(), await link()].map((url) => typeof url)).toEqual(["string", "string"]);
  hung.reject(new Error("away"));
  await until(async () => ((await link()) ? true : undefined));
  keys = async () => [second!];
  now += 120_000;
  await until(async () => ((await link()) !== before ? true : undefined));
});
