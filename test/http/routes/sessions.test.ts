import { describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { SignJWT } from "jose";
import { Sessions, type CancelledSessions } from "../../../src/auth/sessions.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { StoreUnavailable } from "../../../src/store/unavailable.ts";
import { jwtAuthenticator } from "../../../src/auth/jwt.ts";
import { createThreadBody, errorOf, LIST_THREADS, testApp } from "../../support/http.ts";

const KEY = "the-key-of-the-backend-0123456789abcdef";
const SECRET = "a-secret-of-at-least-thirty-two-characters";

function app(key = KEY, store: CancelledSessions = new MemoryStore()) {
  const sessions = new Sessions(key, store);
  const made = testApp({ sessions, authenticate: sessions.authenticator(jwtAuthenticator({ key: { secret: SECRET } })), inProcess: true });
  const send = async (url: string | URL | Request, init?: RequestInit) => made.app.request(String(url).replace("http://server", ""), init);
  const backend = (apiKey = key) => new OpenAI({ apiKey, baseURL: "http://server/v1", maxRetries: 0, fetch: send as typeof fetch });
  const asUser = (token: string) => made.post(LIST_THREADS, { authorization: `Bearer ${token}` });
  return { ...made, backend, asUser };
}

const refusal = (asked: PromiseLike<unknown>) => asked.then(() => "none", (error: { status: number }) => error.status);

describe("a backend of the hosted API", () => {
  test("gets a client secret by the same call, and its page is that user", async () => {
    const { backend, post } = app();
    const session = await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "wf_1" }, expires_after: { anchor: "created_at", seconds: 300 } });
    expect(session).toMatchObject({ object: "chatkit.session", status: "active", user: "ada", workflow: { id: "wf_1" } });
    expect(session.expires_at - Date.now() / 1000).toBeWithin(295, 301);
    const headers = { authorization: `Bearer ${session.client_secret}` };
    const created = await post(createThreadBody(), headers);
    expect(await created.text()).toContain("thread.created");
    expect(((await (await post(LIST_THREADS, headers)).json()) as { data: unknown[] }).data).toHaveLength(1);
  });

  test("ends a session, whose secret is then refused", async () => {
    const { backend, asUser } = app();
    const { id, client_secret } = await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "wf_1" } });
    const other = await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "wf_1" } });
    expect((await asUser(client_secret)).status).toBe(200);
    expect(await backend().beta.chatkit.sessions.cancel(id)).toMatchObject({ id, status: "cancelled", user: "ada" });
    expect((await asUser(client_secret)).status).toBe(401);
    expect((await asUser(other.client_secret)).status).toBe(200);
    expect(await refusal(backend().beta.chatkit.sessions.cancel("cksess_made.up"))).toBe(404);
  });

  test("with a wrong key or none gets nothing, and what a page may have is no key", async () => {
    const { backend, app: server } = app();
    expect(await refusal(backend("another-key").beta.chatkit.sessions.create({ user: "ada", workflow: { id: "x" } }))).toBe(401);
    expect((await server.request("/v1/chatkit/sessions", { method: "POST", body: "{}" })).status).toBe(401);
    const { client_secret } = await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "x" } });
    expect(await refusal(backend(client_secret).beta.chatkit.sessions.create({ user: "bob", workflow: { id: "x" } }))).toBe(401);
  });

  test("is told what is wrong with its request", async () => {
    const { app: server } = app();
    const ask = (body: unknown) => server.request("/v1/chatkit/sessions", { method: "POST", headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    for (const body of [{}, { user: "" }, { user: 1 }, { user: "a\0" }, { user: "ada", expires_after: { anchor: "created_at", seconds: 0 } }, { user: "ada", expires_after: { seconds: 1e9 } }, []]) {
      expect(await errorOf(await ask(body))).toMatchObject({ status: 400, code: "invalid_request" });
    }
  });
});

test("the secret of another server, an expired one and a forged one are refused; tokens of the own login are taken as before", async () => {
  const { backend, asUser } = app();
  const elsewhere = app("another-key-of-another-backend-0123456789").backend();
  expect((await asUser((await elsewhere.beta.chatkit.sessions.create({ user: "ada", workflow: { id: "x" } })).client_secret)).status).toBe(401);
  const forged = await new SignJWT({ sub: "ada", jti: "x" }).setProtectedHeader({ alg: "HS256" }).setIssuer("chatkit-server/sessions").setExpirationTime("1h").sign(new TextEncoder().encode(SECRET));
  expect((await asUser(forged)).status).toBe(401);
  const own = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h").sign(new TextEncoder().encode(SECRET));
  expect((await asUser(own)).status).toBe(200);
  const { client_secret } = await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "x" } });
  const [head, , signature] = client_secret.split(".");
  const changed = Buffer.from(JSON.stringify({ iss: "chatkit-server/sessions", sub: "bob", jti: "x", exp: 4e9 })).toString("base64url");
  expect((await asUser(`${head}.${changed}.${signature}`)).status).toBe(401);
});

test("a cancelled session is refused by other processes of the store, and after a restart", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "chatkit-sessions-")), "chatkit.db");
  const open = async () => {
    const store = new SqliteStore(path);
    await store.migrate();
    return store;
  };
  const [first, second] = [await open(), await open()];
  const { id, client_secret } = await app(KEY, first).backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "wf_1" } });
  expect((await app(KEY, second).asUser(client_secret)).status).toBe(200);
  await app(KEY, first).backend().beta.chatkit.sessions.cancel(id);
  expect((await app(KEY, second).asUser(client_secret)).status).toBe(401);
  await Promise.all([first.close(), second.close()]);
  const restarted = await open();
  expect((await app(KEY, restarted).asUser(client_secret)).status).toBe(401);
  await restarted.close();
});

test("while nobody can tell whether a session was cancelled its secret is not taken, and may be shown again", async () => {
  const store = new MemoryStore();
  const { backend, asUser } = app(KEY, store);
  const { client_secret } = await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "wf_1" } });
  store.isSessionCancelled = async () => {
    throw new StoreUnavailable("unreachable", undefined);
  };
  expect(await errorOf(await asUser(client_secret))).toMatchObject({ status: 503, code: "store_unavailable" });
});

test("without a key there is no such route", async () => {
  const { app: server } = testApp({ inProcess: true });
  expect((await server.request("/v1/chatkit/sessions", { method: "POST", body: "{}" })).status).toBe(404);
});

test("the README's lines for a page of the CDN bring the client secret with every request", async () => {
  const { backend, app: server } = app();
  const readme = await Bun.file(join(import.meta.dir, "../../../README.md")).text();
  const lines = /```js\n(const api = .*?)```/s.exec(readme)![1]!;
  const send = (url: string, init: RequestInit) => server.request(new URL(url).pathname, init);
  const getClientSecret = async () => (await backend().beta.chatkit.sessions.create({ user: "ada", workflow: { id: "x" } })).client_secret;
  const made = new Function("fetch", "getClientSecret", `${lines}; return api;`) as (...given: unknown[]) => { url: string; fetch: typeof send };
  const api = made(send, getClientSecret);
  for (const headers of [{ "content-type": "application/json" }, new Headers({ "content-type": "application/json" })]) {
    expect((await api.fetch(api.url, { method: "POST", headers, body: JSON.stringify(LIST_THREADS) })).status).toBe(200);
  }
});
