import { describe, expect, test } from "bun:test";
import { decodeBase64 } from "../../../src/protocol/json/base64.ts";

const decoded = async (text: string) => Buffer.from(await decodeBase64(Buffer.from(text)));

describe("base64", () => {
  test("of any length is decoded in pieces, with what is no base64 left out", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const large = Buffer.concat(Array.from({ length: 20 }, () => bytes));
    expect((await decoded(large.toString("base64"))).equals(large)).toBe(true);
    expect((await decoded(large.toString("base64").replace(/.{76}/g, "$&\r\n"))).equals(large)).toBe(true);
    expect(decoded(`${large.toString("base64")}x`)).rejects.toMatchObject({ code: "invalid_request" });
    for (let length = 0; length < 10; length++) expect(await decoded(large.toString("base64", 7, 7 + length))).toEqual(large.subarray(7, 7 + length));
  });

  test.each(["A", "AA", "AAA", "AA=", "AAA==", "AA===", "A===", "=", "====", "AAAA=", "AA==AA==", "AAA=A", "A=AA"])("%s is none", async (text) => {
    expect(decoded(text)).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("shows nothing else of the memory that it is written into", async () => {
    const { buffer, byteLength } = await decodeBase64(Buffer.from(`AAAA${"!".repeat(100_000)}AAAA`));
    expect(byteLength).toBe(6);
    expect(new Uint8Array(buffer).some((byte) => byte !== 0)).toBe(false);
  });

  test("does not hold up others", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await decoded("A!".repeat(4_000_000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
