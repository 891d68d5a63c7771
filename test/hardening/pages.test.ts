import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { errorOf, LIST_THREADS } from "../support/http.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

/** What pages of strangers do in the browser of somebody who can reach the server. Served as the program serves, with a module's routes. */

const ROUTES = join(import.meta.dir, "../fixtures/agents/routes.ts");

let agent: ServedAgent | undefined;
afterEach(() => agent?.stop());
const serve = async (env: Record<string, string> = {}) => (agent = await serveAgent(ROUTES, env));

const post = (path: string, headers: Record<string, string>, body = JSON.stringify(LIST_THREADS)) =>
  fetch(`${agent!.url}${path}`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

test("CWE-350: a page that has rebound its name to this machine reads nothing, changes nothing and gets an error that is JSON", async () => {
  await serve();
  const names = ["evil.example:8000", "evil.example", "127.0.0.1.nip.io", "localhost.evil.example:8000", "evil.example.", "EVIL.EXAMPLE", "user@127.0.0.1", "rebound"];
  for (const host of names) {
    const sameOrigin = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    for (const path of ["/chatkit", "/pay", "/hooks/orders", "/none"]) expect(await errorOf(await post(path, sameOrigin))).toMatchObject({ status: 421, code: "unknown_host" });
    for (const path of ["/hello", "/", "/embed", "/chatkit.js", "/chatkit-ui/options.json"]) {
      expect([path, (await fetch(agent!.url + path, { headers: { host } })).status]).toEqual([path, 421]);
    }
  }
});

test("whoever calls this machine by its own names, addresses or the public one is answered", async () => {
  await serve({ CHATKIT_PUBLIC_URL: "https://chat.example/base", CHATKIT_ALLOWED_HOSTS: "backend, *.tunnel.example" });
  for (const host of ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "192.168.1.7", "chat.example", "backend:80", "a.tunnel.example"]) {
    expect([host, (await post("/chatkit", { host })).status]).toEqual([host, 200]);
  }
  expect((await fetch(`${agent!.url}/livez`, { headers: { host: "10-0-0-7.pod.cluster.local" } })).status).toBe(200);
});

test.each([
  ["a container whose port is published", { HOST: "0.0.0.0", CHATKIT_AUTH: "none" }, ["127.0.0.1:8000", "localhost:8000"]],
  ["a service that others name", { HOST: "0.0.0.0", CHATKIT_AUTH: "none" }, ["chatkit:8000", "chatkit.default.svc.cluster.local"]],
  ["a proxy that keeps its name for the server", { CHATKIT_AUTH: "header" }, ["backend", "127.0.0.1:8000", "chat.example"]],
  ["a proxy by address", {}, ["127.0.0.1:8000"]],
  ["a proxy that was told of", { CHATKIT_ALLOWED_HOSTS: "backend" }, ["backend"]],
] as [string, Record<string, string>, string[]][])("%s is answered", async (_, env, hosts) => {
  await serve(env);
  for (const host of hosts) expect([host, (await post("/chatkit", { host, "x-user-id": "ada" })).status]).toEqual([host, 200]);
});

test("a load balancer that speaks HTTP/1.0 and names no host is answered", async () => {
  await serve();
  const body = JSON.stringify(LIST_THREADS);
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(agent!.url).port), "127.0.0.1", () => {
    socket.write(`POST /chatkit HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  });
  socket.once("data", (chunk) => resolve(chunk.toString()));
  expect(await promise).toStartWith("HTTP/1.1 200");
  socket.destroy();
});

test("elsewhere a name has to be known once the public one is, or any is listed", async () => {
  for (const more of [{ CHATKIT_PUBLIC_URL: "https://chat.example" }, { CHATKIT_ALLOWED_HOSTS: "chat.example" }]) {
    await serve({ HOST: "0.0.0.0", CHATKIT_AUTH: "none", ...(more as Record<string, string>) });
    expect([(await post("/chatkit", { host: "evil.example" })).status, (await post("/chatkit", { host: "chat.example:443" })).status]).toEqual([421, 200]);
    await agent!.stop();
  }
  await serve({ CHATKIT_AUTH: "header", CHATKIT_ALLOWED_HOSTS: "chat.example" });
  expect((await post("/chatkit", { host: "evil.example", "x-user-id": "ada" })).status).toBe(421);
});

test("CWE-352: a form of another site changes nothing, on the protocol's route and on a module's", async () => {
  await serve();
  const form = { "content-type": "application/x-www-form-urlencoded", origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  const { "sec-fetch-site": _, ...older } = form;
  for (const headers of [form, older, { ...older, origin: "null" }, { ...form, origin: agent!.url }]) {
    for (const path of ["/pay", "/chatkit"]) expect(await errorOf(await post(path, headers, "amount=1"))).toMatchObject({ status: 403, code: "forbidden" });
  }
  expect((await post("/pay", {}, "amount=1")).status).toBe(200);
  expect((await post("/pay", { origin: agent!.url }, "amount=1")).status).toBe(200);
});

test("a public route needs no identity and asks no page where it is from; its neighbours do", async () => {
  await serve({ CHATKIT_AUTH: "header", CHATKIT_TRUSTED_PROXIES: "192.0.2.1" });
  const hook = await post("/hooks/orders", { origin: "https://shop.example", "sec-fetch-site": "cross-site" }, "shipped");
  expect([hook.status, await hook.text(), hook.headers.get("x-content-type-options")]).toEqual([200, "orders: shipped", "nosniff"]);
  expect(hook.headers.get("x-request-id")).toMatch(/^req_/);
  for (const path of ["/pay", "/chatkit", "/hooks", "/hooks/a/b"]) expect([path, (await post(path, { "x-user-id": "eve" })).status]).toEqual([path, 401]);
  expect((await fetch(`${agent!.url}/hooks/orders`)).status).toBe(401);
});

test("CWE-400: a public route takes no larger body than any other, however it comes", async () => {
  await serve();
  const big = new Uint8Array(1024 ** 2 + 1);
  for (const body of [big, new Blob([big]).stream()]) {
    const response = await fetch(`${agent!.url}/hooks/orders`, { method: "POST", body }).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
  }
  const small = await fetch(`${agent!.url}/hooks/orders`, { method: "POST", body: new Blob(["in pieces"]).stream() });
  expect(await small.text()).toBe("orders: in pieces");
});

test("a public route that asks who it is is told nothing", async () => {
  await serve();
  const response = await fetch(`${agent!.url}/hooks/who`, { headers: { "x-user-id": "ada@example.com" } });
  expect([response.status, (await response.text()).includes("ada@")]).toEqual([500, false]);
});
