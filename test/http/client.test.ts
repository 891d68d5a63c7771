import { expect, test } from "bun:test";
import { ChatKitError } from "../../src/errors.ts";
import { LIST_THREADS, testApp } from "../support/http.ts";

const nobody = () => {
  throw new ChatKitError("unauthenticated", { reason: "no_user" });
};

/** Asks from that peer; what the access log says of it. */
function asking(trustedProxies?: string[]) {
  const { app, lines } = testApp({ authenticate: nobody, ...(trustedProxies && { trustedProxies }) });
  let lookups = 0;
  return async (address: string | undefined, headers: Record<string, string> = {}, path = "/chatkit") => {
    const before = lookups;
    const requestIP = () => (lookups++, address === undefined ? null : { address });
    const response = await app.request(path, { method: path === "/chatkit" ? "POST" : "GET", headers }, { requestIP });
    await response.text();
    const { fields } = lines.findLast(({ message }) => message === "request")!;
    return { ...(fields as { status: number; reason?: string; client_ip?: string }), lookups: lookups - before };
  };
}

test("the log says where a refused request came from, and why it was refused", async () => {
  const ask = asking();
  expect(await ask("203.0.113.9")).toMatchObject({ status: 401, reason: "no_user", client_ip: "203.0.113.9", lookups: 1 });
  expect((await ask("::ffff:203.0.113.9")).client_ip).toBe("203.0.113.9");
  expect((await ask(undefined)).client_ip).toBeUndefined();
});

test("CWE-348: a forged X-Forwarded-For changes nothing, whoever is trusted", async () => {
  const forged = ["1.1.1.1", "127.0.0.1", "192.0.2.1", "unknown", "1.1.1.1, 127.0.0.1", ""];
  for (const header of forged) {
    expect((await asking()("203.0.113.9", { "x-forwarded-for": header })).client_ip).toBe("203.0.113.9");
    const behindProxy = asking(["192.0.2.1"]);
    expect((await behindProxy("192.0.2.1", { "x-forwarded-for": `${header}, 203.0.113.9` })).client_ip).toBe("203.0.113.9");
    expect((await behindProxy("192.0.2.2", { "x-forwarded-for": `${header}, 203.0.113.9` })).client_ip).toBe("192.0.2.2");
    expect((await behindProxy(undefined, { "x-forwarded-for": header })).client_ip).toBeUndefined();
  }
});

test("each request's line has its client, and probes are not asked for theirs", async () => {
  expect(await asking()("203.0.113.9", {}, "/livez")).toMatchObject({ status: 200, lookups: 0 });
  const { app, lines } = testApp();
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(LIST_THREADS) };
  expect((await app.request("/chatkit", init, { requestIP: () => ({ address: "203.0.113.9" }) })).status).toBe(200);
  expect(lines.at(-1)?.fields).toMatchObject({ op: "threads.list", user_id: "local", client_ip: "203.0.113.9" });
});

test("a body of unknown length keeps its sender's address", async () => {
  const { app, lines } = testApp({ maxBodyBytes: 1024 });
  const known = new WeakSet<Request>();
  const request = new Request("http://127.0.0.1/chatkit", { method: "POST", headers: { "content-type": "application/json" }, body: new Blob(["x".repeat(4096)]).stream() });
  known.add(request);
  const requestIP = (asked: Request) => (known.has(asked) ? { address: "203.0.113.9" } : null);
  expect((await app.fetch(request, { requestIP })).status).toBe(413);
  expect(lines.findLast(({ message }) => message === "request")?.fields).toMatchObject({ client_ip: "203.0.113.9" });
});
