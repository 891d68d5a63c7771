import { afterEach, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtAuthenticator } from "../../src/auth/jwt.ts";
import type { Config } from "../../src/config/options.ts";
import { makeAuthenticator } from "../../src/runtime/parts/authenticators.ts";
import { recordingLogger } from "../support/chat.ts";
import { LIST_THREADS, testApp } from "../support/http.ts";
import { keyServer, signer } from "../support/key-server.ts";

/** What somebody without a token, or with one of their own making, can do to a server and to whoever publishes its keys. */

let keys: ReturnType<typeof keyServer> | undefined;
afterEach(() => keys?.stop());

function guarded(...published: unknown[]) {
  keys = keyServer(() => Response.json({ keys: published }));
  const keyLogger = recordingLogger();
  const { post, lines } = testApp({ authenticate: jwtAuthenticator({ key: { jwksUrl: keys.url }, issuer: "https://issuer.example", audience: "chat", logger: keyLogger }) });
  const list = (token?: string) => post(LIST_THREADS, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const logged = () => lines.filter(({ message }) => message === "request").map(({ fields }) => fields as { code?: string; reason?: string });
  return { list, logged, lines, keyLines: keyLogger.lines, server: keys };
}

test("CWE-209: a refusal asks for a token, says whether a new one would do, and nothing else; the log says which check failed", async () => {
  const ada = await signer("one");
  const { list, logged } = guarded(ada.jwk);
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  const refused: [string | undefined, string, string, string][] = [
    [undefined, "no_token", "A bearer token is needed.", "Bearer"],
    [await ada.sign({}, { exp: hourAgo }), "expired", "The token has expired.", 'Bearer error="invalid_token", error_description="The token has expired."'],
    [await ada.sign({}, { aud: "other" }), "audience", "The token is not valid.", 'Bearer error="invalid_token", error_description="The token is not valid."'],
    [await ada.sign({}, { iss: "https://evil.example" }), "issuer", "The token is not valid.", 'Bearer error="invalid_token", error_description="The token is not valid."'],
    [await (await signer("one")).sign(), "signature", "The token is not valid.", 'Bearer error="invalid_token", error_description="The token is not valid."'],
    [await (await signer("two")).sign(), "unknown_key", "The token is not valid.", 'Bearer error="invalid_token", error_description="The token is not valid."'],
    ["x", "malformed", "The token is not valid.", 'Bearer error="invalid_token", error_description="The token is not valid."'],
  ];
  for (const [token, reason, message, challenge] of refused) {
    const response = await list(token);
    const body = await response.text();
    expect([response.status, (JSON.parse(body) as { message: string }).message, response.headers.get("www-authenticate")]).toEqual([401, message, challenge]);
    if (reason !== "expired") expect(body).not.toContain(reason);
    expect(logged().at(-1)?.reason).toBe(reason);
  }
  const believed = await list(await ada.sign());
  expect([believed.status, believed.headers.get("www-authenticate")]).toEqual([200, null]);
});

test("CWE-770: a thousand tokens of unknown keys cost whoever publishes the keys two fetches, and the log no stack", async () => {
  const [ada, eve] = [await signer("one"), await signer("eve")];
  const { list, server, lines } = guarded(ada.jwk);
  expect((await list(await ada.sign())).status).toBe(200);
  const forged = await Promise.all(Array.from({ length: 20 }, (_, i) => eve.sign({ kid: `kid ${i}` })));
  for (let i = 0; i < 50; i++) {
    expect(new Set(await Promise.all(forged.map(async (token) => (await list(token)).status)))).toEqual(new Set([401]));
  }
  expect(server.asked).toHaveLength(2);
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  expect((await list(await ada.sign())).status).toBe(200);
});

test("CWE-770: while no keys can be had tokens cause no fetch each; who has one is asked to come back", async () => {
  const ada = await signer("one");
  const { list, server, lines, keyLines } = guarded();
  server.answerWith(() => new Response("busy", { status: 503 }));
  const token = await ada.sign();
  for (let i = 0; i < 5; i++) {
    const responses = await Promise.all(Array.from({ length: 20 }, () => list(token)));
    expect(new Set(responses.map(({ status, headers }) => `${status} ${headers.get("retry-after")} ${headers.get("www-authenticate")}`))).toEqual(new Set(["503 1 null"]));
  }
  expect(server.asked.length).toBeLessThanOrEqual(3);
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  expect(keyLines.filter(({ level }) => level === "error").length).toBe(server.asked.length);
});

test("CWE-400: what is named as a public key and is no file neither ends nor delays the start; one that all may change is warned of (CWE-732)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chatkit-key-"));
  const logger = recordingLogger();
  const withKey = (jwtPublicKeyFile: string) => makeAuthenticator({ auth: "jwt", jwtPublicKeyFile, jwtUserClaim: "sub" } as Config, logger);
  try {
    for (const path of ["/dev/zero", "/dev/null", folder, join(folder, "none")]) await expect(withKey(path)).rejects.toThrow(/^jwt_public_key_file: /);
    const key = join(folder, "key.pem");
    await writeFile(key, generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }));
    await chmod(key, 0o666);
    expect(await withKey(key)).toBeFunction();
    expect(logger.lines.map(({ message }) => message)).toEqual(["jwt_public_key_file: the file can be changed by every user of this machine"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
