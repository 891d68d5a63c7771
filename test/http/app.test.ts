import { describe, expect, test } from "bun:test";
import { HTTPException } from "hono/http-exception";
import { ChatKitError, NotFoundError, RequestError } from "../../src/errors.ts";
import { RequestContexts } from "../../src/http/contexts.ts";
import { StoreUnavailable } from "../../src/store/unavailable.ts";
import { recordingLogger } from "../support/chat.ts";
import { LIST_THREADS, createThreadBody, errorOf, testApp, type ErrorBody } from "../support/http.ts";

describe("POST /chatkit", () => {
  test("answers a plain operation as JSON", async () => {
    const response = await testApp().post(LIST_THREADS);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ data: [], has_more: false });
  });

  test("answers a streaming operation as server-sent events that no proxy holds back", async () => {
    const response = await testApp().post(createThreadBody());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    const body = await response.text();
    expect(body).toStartWith(": ok\ndata: {");
    expect(body).toEndWith("}\n\n");
    expect(body).toContain('"text":"Hello."');
  });

  test("keeps one user's threads from another", async () => {
    const { post } = testApp();
    await (await post(createThreadBody(), { "x-user-id": "ada" })).text();
    const threads = async (user: string) =>
      ((await (await post(LIST_THREADS, { "x-user-id": user })).json()) as { data: unknown[] }).data.length;
    expect([await threads("ada"), await threads("bob")]).toEqual([1, 0]);
  });

  test.each([
    ["that is no JSON", "{", 400, "invalid_json"],
    ["that is empty", "", 400, "invalid_json"],
    ["of an unknown type", '{"type":"threads.explode","params":{}}', 400, "unknown_operation"],
    ["without a needed field", '{"type":"threads.get_by_id","params":{}}', 400, "invalid_request"],
    ["that is 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400, "invalid_request"],
    ["about an unknown thread", '{"type":"threads.get_by_id","params":{"thread_id":"thr_1"}}', 404, "thread_not_found"],
  ])("refuses a body %s", async (_, body, status, code) => {
    const response = await testApp().post(body);
    const refused = (await response.clone().json()) as ErrorBody;
    expect(await errorOf(response)).toMatchObject({ status, code });
    expect(refused.message).toBe(refused.error.message);
    expect(refused.error.request_id).toBe(response.headers.get("x-request-id")!);
  });
});

describe("content types", () => {
  test.each(["application/json", "application/json; charset=utf-8", "application/vnd.chat+json", "Application/JSON"])(
    "%s is taken",
    async (type) => {
      expect((await testApp().post(LIST_THREADS, { "content-type": type })).status).toBe(200);
    },
  );

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])(
    "%p is refused: a browser sends it across origins without asking (CWE-352)",
    async (type) => {
      expect(await errorOf(await testApp().post(LIST_THREADS, { "content-type": type }))).toMatchObject({
        status: 415,
        code: "unsupported_media_type",
      });
    },
  );

  test("no content type is taken from a script but not from a web page", async () => {
    const { app } = testApp({ corsOrigins: ["https://evil.example"] });
    const body = new TextEncoder().encode(JSON.stringify(LIST_THREADS));
    expect((await app.request("/chatkit", { method: "POST", body })).status).toBe(200);
    const fromPage = await app.request("/chatkit", { method: "POST", body, headers: { origin: "https://evil.example" } });
    expect(fromPage.status).toBe(415);
  });
});

describe("everything else", () => {
  test("an unknown path and a wrong method are errors of the usual shape", async () => {
    const { app } = testApp();
    expect(await errorOf(await app.request("/nothing"))).toMatchObject({ status: 404, code: "not_found" });
    const get = await app.request("/chatkit");
    expect(get.headers.get("allow")).toBe("POST");
    expect(await errorOf(get)).toMatchObject({ status: 405, code: "invalid_request" });
  });

  test("a request id is taken over when it looks like one, minted when it does not", async () => {
    const { post } = testApp();
    const idFor = async (given: string) => (await post(LIST_THREADS, { "x-request-id": given })).headers.get("x-request-id");
    expect(await idFor("abc-123.x_Y")).toBe("abc-123.x_Y");
    expect(await idFor('x"} {"level":"error')).toMatch(/^req_[0-9a-f]{32}$/);
    expect(await idFor("a".repeat(129))).toMatch(/^req_/);
  });

  test("answers may not be framed, sniffed or cached", async () => {
    const { headers } = await testApp().post(LIST_THREADS);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  });
});

describe("probes", () => {
  test("livez and readyz need no identity", async () => {
    const { app } = testApp({
      authenticate: () => {
        throw new ChatKitError("unauthenticated");
      },
    });
    for (const path of ["/livez", "/readyz", "/healthz"]) {
      const response = await app.request(path);
      expect([path, response.status, await response.json()]).toEqual([path, 200, { status: "ok" }]);
    }
    expect((await app.request("/chatkit", { method: "POST" })).status).toBe(401);
  });

  test("a verbose readyz tells which MCP servers are up, and is 200 without them", async () => {
    const { app } = testApp({ mcpServers: async () => ({ orders: "down", wiki: "up" }) });
    const response = await app.request("/readyz?verbose");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", mcp_servers: { orders: "down", wiki: "up" } });
    expect(await (await app.request("/readyz")).json()).toEqual({ status: "ok" });
  });

  test("a store that cannot serve makes readyz 503 and leaves livez alone", async () => {
    const { app, server } = testApp();
    server.store.ping = () => Promise.reject(new Error("password=secret"));
    const response = await app.request("/readyz");
    expect([response.status, await response.json()]).toEqual([503, { status: "unavailable", reason: "store_unavailable" }]);
    expect((await app.request("/livez")).status).toBe(200);
  });

  test("a store that can only be read makes readyz say what is wrong with it", async () => {
    const { app, server } = testApp();
    server.store.ping = () => Promise.reject(new StoreUnavailable("disk_full", new Error("/secret/path is full")));
    const response = await app.request("/readyz");
    const body = { status: "unavailable", reason: "store_unavailable", detail: "disk_full" };
    expect([response.status, await response.json()]).toEqual([503, body]);
  });

  test("while draining, readyz says so and no new work is taken", async () => {
    const { app, post } = testApp({ isDraining: () => true });
    expect((await app.request("/readyz")).status).toBe(503);
    expect((await app.request("/livez")).status).toBe(200);
    const refused = await post(LIST_THREADS);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(await errorOf(refused)).toMatchObject({ status: 503, code: "shutting_down" });
  });

  test("what is refused by design is a line of the access log, not an error with a stack", async () => {
    const { post, lines } = testApp({ isDraining: () => true });
    await post(LIST_THREADS);
    const { post: ask, lines: more } = testApp();
    expect((await ask({ type: "attachments.delete", params: { attachment_id: "a" } })).status).toBe(501);
    expect([...lines, ...more]).toMatchObject([
      { level: "info", fields: { code: "shutting_down" } },
      { level: "info", fields: { code: "not_implemented" } },
    ]);
  });
});

describe("routes of one's own", () => {
  test("run behind the middleware and get the request's context", async () => {
    const contexts = new RequestContexts(recordingLogger());
    const { app } = testApp({ contexts });
    app.get("/me", async (c) => c.json({ user: (await contexts.of(c.req.raw)).userId }));
    const response = await app.request("/me", { headers: { "x-user-id": "ada" } });
    expect(await response.json()).toEqual({ user: "ada" });
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });

  test.each([
    [new NotFoundError("thread", "thr_1"), 404, "thread_not_found"],
    [new RequestError("Not yours.", { status: 403 }), 403, "forbidden"],
    [new HTTPException(409, { message: "Twice." }), 409, "conflict"],
    [new HTTPException(418), 418, "internal"],
  ])("what they throw is answered by the error table: %p", async (thrown, status, code) => {
    const { app } = testApp();
    app.get("/throws", () => {
      throw thrown;
    });
    expect(await errorOf(await app.request("/throws"))).toMatchObject({ status, code });
  });

  test("an unforeseen error is logged with its cause and not shown", async () => {
    const { app, lines } = testApp();
    app.get("/throws", () => {
      throw new Error("password=secret");
    });
    const response = await app.request("/throws");
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).toContain("Something went wrong.");
    expect(body).not.toContain("secret");
    const logged = lines.find(({ level }) => level === "error");
    expect((logged?.fields as { err: Error }).err.message).toBe("password=secret");
  });
});

describe("the access log", () => {
  test("has one line for a request: operation, status, duration, request id, and nothing that was said", async () => {
    const { post, lines } = testApp();
    await (await post(createThreadBody("my secret plan"), { "x-user-id": "ada", "x-request-id": "r1" })).text();
    await Bun.sleep(0);
    const access = lines.filter(({ message }) => message === "request");
    expect(access).toHaveLength(1);
    const line = access[0]!;
    expect(line.level).toBe("info");
    expect(line.fields).toMatchObject({
      op: "threads.create",
      method: "POST",
      path: "/chatkit",
      status: 200,
      request_id: "r1",
      outcome: "done",
      user_id: "ada",
      thread_id: expect.stringMatching(/^thr_/),
    });
    expect(JSON.stringify(lines)).not.toContain("secret plan");
  });

  test("names the code of a refusal", async () => {
    const { post, lines } = testApp();
    await post("{");
    expect(lines.at(-1)?.fields).toMatchObject({ status: 400, code: "invalid_json" });
  });
});
