import { afterEach, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { jwtAuthenticator } from "../../src/auth/jwt.ts";
import { PUBLIC_KEY_ALGORITHMS } from "../../src/auth/jwt-key.ts";
import { KeySet } from "../../src/auth/key-set.ts";
import { reasonOf } from "../../src/auth/token-refused.ts";
import { ChatKitError, toChatKitError } from "../../src/errors.ts";
import { recordingLogger } from "../support/chat.ts";
import { keyServer, signer } from "../support/key-server.ts";
import { until } from "../support/until.ts";

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;

let server: ReturnType<typeof keyServer>;
afterEach(() => server.stop());

/** A key set on a clock of its own, whose server publishes these keys. */
function keySet(...keys: unknown[]) {
  server = keyServer(() => Response.json({ keys }));
  const clock = { ms: 5 * HOUR };
  const logger = recordingLogger();
  const set = new KeySet(server.url, logger, () => clock.ms);
  /** Whether a token is believed, or why not. */
  const check = async (token: string): Promise<string> => {
    try {
      return (await jwtVerify(token, set.find, { algorithms: PUBLIC_KEY_ALGORITHMS })).payload.sub!;
    } catch (thrown) {
      return thrown instanceof ChatKitError ? `${thrown.status} ${thrown.reason}` : reasonOf(thrown);
    }
  };
  return { check, clock, lines: logger.lines, fetches: () => server.asked.length };
}

const broken = () => new Response("busy", { status: 500 });

describe("a key set", () => {
  test("is fetched when a token needs it, once for all who come together, and again after ten minutes", async () => {
    const ada = await signer("one");
    const { check, clock, fetches } = keySet(ada.jwk);
    const token = await ada.sign();
    expect(fetches()).toBe(0);
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => check(token))))).toEqual(new Set(["ada"]));
    expect(fetches()).toBe(1);
    clock.ms += 9 * MIN;
    await check(token);
    expect(fetches()).toBe(1);
    clock.ms += 2 * MIN;
    server.publish((await signer("two")).jwk);
    expect(await check(token)).toBe("unknown_key");
    expect(fetches()).toBe(2);
  });

  test("that was extended knows the new key at once", async () => {
    const [one, two] = [await signer("one"), await signer("two")];
    const { check, fetches } = keySet(one.jwk);
    expect(await check(await one.sign())).toBe("ada");
    server.publish(one.jwk, two.jwk);
    expect(await check(await two.sign())).toBe("ada");
    expect(fetches()).toBe(2);
  });

  test("is fetched once in thirty seconds for unknown keys, however many tokens name one; a new key counts by then (CWE-770)", async () => {
    const [one, two, stranger] = [await signer("one"), await signer("two"), await signer("stranger")];
    const { check, clock, fetches } = keySet(one.jwk);
    const flood = async () => Promise.all(Array.from({ length: 200 }, async (_, i) => check(await stranger.sign({ kid: `made up ${i}` }))));
    await check(await one.sign());
    expect(new Set(await flood())).toEqual(new Set(["unknown_key"]));
    expect(fetches()).toBe(2);
    server.publish(one.jwk, two.jwk);
    clock.ms += 10 * S;
    await flood();
    expect(await check(await two.sign())).toBe("unknown_key");
    expect(await check(await one.sign())).toBe("ada");
    expect(fetches()).toBe(2);
    clock.ms += 21 * S;
    await flood();
    expect(await check(await two.sign())).toBe("ada");
    expect(fetches()).toBe(3);
  });

  test("that fails is asked for after 1, 2, 4 … 30 seconds, not for each token, and it is no fault of theirs", async () => {
    const ada = await signer("one");
    const { check, clock, fetches, lines } = keySet();
    server.answerWith(broken);
    const token = await ada.sign();
    const waits: number[] = [];
    let last = clock.ms;
    for (let second = 0; second < 150; second++, clock.ms += S) {
      const before = fetches();
      expect(new Set(await Promise.all(Array.from({ length: 5 }, () => check(token))))).toEqual(new Set(["503 keys_unavailable"]));
      if (fetches() === before) continue;
      expect(fetches()).toBe(before + 1);
      waits.push((clock.ms - last) / S);
      last = clock.ms;
    }
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 30, 30, 30]);
    expect(lines.map(({ level }) => level)).toEqual(waits.map(() => "error"));
    server.publish(ada.jwk);
    clock.ms += 30 * S;
    expect(await check(token)).toBe("ada");
    expect(lines.at(-1)?.message).toContain("again");
  });

  test("that fails is replaced by the last good one, without a wait, for at most a day", async () => {
    const ada = await signer("one");
    const { check, clock, fetches, lines } = keySet(ada.jwk);
    // Signed once: on the set's clock hours pass, on the token's none.
    const token = await ada.sign();
    await check(token);
    server.answerWith(broken);
    clock.ms += 11 * MIN;
    expect(await check(token)).toBe("ada");
    expect(fetches()).toBe(2);
    await until(async () => lines[0]);
    expect(lines.at(-1)?.message).toContain("the last good one serves");
    const hanging = Promise.withResolvers<Response>();
    server.answerWith(() => hanging.promise);
    clock.ms += 2 * S;
    const started = performance.now();
    expect(await check(token)).toBe("ada");
    expect(performance.now() - started).toBeLessThan(1000);
    hanging.resolve(broken());
    server.answerWith(broken);
    clock.ms += 23 * HOUR;
    expect(await check(token)).toBe("ada");
    clock.ms += HOUR;
    expect(await check(token)).toBe("503 keys_unavailable");
  });

  test("that is served slowly keeps nobody waiting: the last good one serves, and the newer one counts once it is there", async () => {
    const [one, two] = [await signer("one"), await signer("two")];
    const { check, clock, fetches } = keySet(one.jwk);
    const token = await one.sign();
    await check(token);
    const slow = Promise.withResolvers<Response>();
    server.answerWith(() => slow.promise);
    clock.ms += 11 * MIN;
    expect(await Promise.all([check(token), check(token)])).toEqual(["ada", "ada"]);
    expect(fetches()).toBe(2);
    server.publish(two.jwk);
    slow.resolve(Response.json({ keys: [two.jwk] }));
    expect(await check(await two.sign())).toBe("ada");
    expect(await check(token)).toBe("unknown_key");
  });

  const rsa1024 = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
  test.each<[string, () => Response | Promise<Response>]>([
    ["{}", () => Response.json({})],
    ["null", () => Response.json(null)],
    ["a list", () => Response.json([])],
    ["a number", () => Response.json(7)],
    ["keys that are none", () => Response.json({ keys: null })],
    ["keys in an object", () => Response.json({ keys: { a: 1 } })],
    ["no keys", () => Response.json({ keys: [] })],
    ["odd keys", () => Response.json({ keys: [null, 1, "x", {}, [], { kty: "RSA" }, { kty: "RSA", n: 5 }, { kty: "EC", crv: "toString" }] })],
    ["keys too weak", () => Response.json({ keys: [{ ...rsa1024, kid: "one" }] })],
    ["secrets", () => Response.json({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "one" }] })],
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["nothing", () => new Response("")],
    ["no content", () => new Response(null, { status: 204 })],
    ["half of JSON", () => new Response('{"keys":[')],
    ["bytes", () => new Response(new Uint8Array(1000).fill(0xff))],
    ["a long number", () => new Response(`{"keys":${"1".repeat(200_000)}}`)],
    ["deep nesting", () => new Response("[".repeat(200_000))],
    ["not found", () => Response.json({ keys: [] }, { status: 404 })],
    ["a way elsewhere", () => Response.redirect(`${server.url}/elsewhere`, 302)],
    ["more than 256 KiB", () => Response.json({ keys: [], pad: "x".repeat(256 * 1024) })],
    ["more without end", () => new Response(endless())],
    ["little that grows large", () => new Response(gzipSync(Buffer.alloc(10_000_000, " ")), { headers: { "content-encoding": "gzip" } })],
  ])("that is %s counts as a failure, and the last good one serves", async (_, answer) => {
    const ada = await signer("one");
    const { check, clock, lines } = keySet(ada.jwk);
    const token = await ada.sign();
    await check(token);
    server.answerWith(answer);
    clock.ms += 11 * MIN;
    expect(await check(token)).toBe("ada");
    // On a busy machine the failure comes after the last good set has served.
    await until(async () => lines[0]);
    expect(lines.map(({ level }) => level)).toEqual(["warn"]);
    expect(server.asked).toEqual(["/jwks", "/jwks"]);
    server.stop();
    const fresh = keySet();
    server.answerWith(answer);
    expect(await fresh.check(token)).toBe("503 keys_unavailable");
  });

  test("of up to 256 KiB is taken; keys that are weak, private or of another type are left out and told of once", async () => {
    const [ada, bob] = [await signer("one"), await signer("private")];
    const { check, clock, lines } = keySet(ada.jwk, { ...bob.jwk, d: "AAAA" }, { ...rsa1024, kid: "weak" }, { kty: "oct", k: "c2VjcmV0" }, null);
    server.answerWith(() => Response.json({ keys: [ada.jwk, { ...bob.jwk, d: "AAAA" }, { ...rsa1024, kid: "weak" }, { kty: "oct", k: "c2VjcmV0" }, null], pad: "x".repeat(255 * 1024) }));
    expect([await check(await ada.sign()), await check(await bob.sign())]).toEqual(["ada", "unknown_key"]);
    clock.ms += 11 * MIN;
    await check(await ada.sign());
    expect(lines).toMatchObject([{ level: "warn", fields: { keys: 4 } }]);
  });

  test("whose key cannot be used refuses the token, not the service", async () => {
    const ada = await signer("one");
    const { check } = keySet({ ...ada.jwk, x: "AAAA" });
    expect(await check(await ada.sign())).toBe("unusable_key");
  });

  test("refuses a token of another curve than its key's, and one that brings or points at a key of its own (CWE-918)", async () => {
    const [ada, eve] = [await signer("one"), await signer("one", "ES384")];
    const { check, fetches } = keySet(ada.jwk);
    expect(await check(await eve.sign())).toBe("unknown_key");
    const pointing = await (await signer("two")).sign({ jku: `${server.url}/forged`, x5u: `${server.url}/forged`, jwk: eve.jwk });
    expect(await check(pointing)).toBe("unknown_key");
    expect(new Set(server.asked)).toEqual(new Set(["/jwks"]));
    expect(fetches()).toBe(2);
  });

  test("that nobody can reach keeps nobody waiting, and garbage causes no fetch at all", async () => {
    const { check, fetches } = keySet();
    for (const token of ["x", "a.b.c", `${btoa('{"alg":"none"}')}.e30.`]) await check(token);
    expect(fetches()).toBe(0);
    const authenticate = jwtAuthenticator({ key: { jwksUrl: "http://127.0.0.1:1/jwks" }, audience: "chat", logger: recordingLogger() });
    const request = new Request("http://127.0.0.1/", { headers: { authorization: `Bearer ${await (await signer("one")).sign()}` } });
    const refused = await Promise.resolve(authenticate(request, () => undefined)).catch(toChatKitError);
    expect(refused).toMatchObject({ code: "internal", status: 503, retryAfterS: 1 });
  });
});

async function* chunks() {
  const chunk = new Uint8Array(64 * 1024).fill(0x20);
  for (let i = 0; i < 10_000; i++) yield chunk;
}
const endless = () => chunks() as unknown as ReadableStream;
