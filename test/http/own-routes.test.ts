import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { validator } from "hono/validator";
import { thrownInWords } from "../../src/errors.ts";
import { SECURITY_HEADERS } from "../../src/http/middleware/security-headers.ts";
import { errorOf, testApp } from "../support/http.ts";

const THROWN = ["a string", 42, null, undefined, true, { message: "no error", stack: "x" }, Symbol("s"), Object.create(null) as object, () => {}];

describe("what a route of one's own throws that is no error", () => {
  test.each(THROWN)("%p has the form, headers, id and log line of every other failure (CWE-755)", async (thrown) => {
    const { app, lines } = testApp({ corsOrigins: ["https://a.example"] });
    app.get("/throws", () => {
      throw thrown;
    });
    app.get("/throws/later", async () => {
      await Bun.sleep(0);
      throw thrown;
    });
    for (const path of ["/throws", "/throws/later"]) {
      lines.length = 0;
      const response = await app.request(path, { headers: { "x-request-id": "r1", origin: "https://a.example" } });
      const headers = { ...SECURITY_HEADERS, "x-request-id": "r1", "access-control-allow-origin": "https://a.example" };
      expect(Object.fromEntries(response.headers)).toMatchObject(headers);
      expect(await errorOf(response)).toEqual({ status: 500, code: "internal", message: "Something went wrong.", request_id: "r1" });
      expect(lines.map(({ level, message }) => [level, message])).toEqual([
        ["error", "a request failed"],
        ["info", "request"],
      ]);
      expect(lines[0]!.fields).toMatchObject({ code: "internal", request_id: "r1", err: { message: `thrown: ${thrownInWords(thrown)}` } });
      expect(lines[1]!.fields).toMatchObject({ status: 500, code: "internal", request_id: "r1" });
    }
  });

  test("is the same in an authenticator and in a context of one's own", async () => {
    const { post } = testApp({
      authenticate: () => {
        throw "nobody";
      },
    });
    expect(await errorOf(await post("{}"))).toMatchObject({ status: 500, code: "internal" });
  });
});

describe("a body that a route of one's own cannot read", () => {
  const multipart = "multipart/form-data; boundary=x";
  function appWithReaders() {
    const publicRoutes = new Hono();
    publicRoutes.post("/hook", async (c) => c.json(await c.req.json()));
    const made = testApp({ publicRoutes });
    const { app } = made;
    app.post("/json", async (c) => c.json(await c.req.json()));
    app.post("/raw", async (c) => c.json(await c.req.raw.json()));
    app.post("/form", async (c) => c.json(Object.keys(await c.req.parseBody())));
    app.post("/raw-form", async (c) => c.json([...(await c.req.raw.formData()).keys()]));
    app.post("/validated", validator("json", (value: unknown) => value), (c) => c.json(c.req.valid("json") as object));
    app.post("/caught", async (c) => c.json(await c.req.json().catch((error: unknown) => (error instanceof SyntaxError ? "caught" : "lost"))));
    app.post("/own", () => JSON.parse("{") as Response);
    app.post("/signed", async (c) => c.json(JSON.parse(await c.req.text())));
    app.post("/bytes", async (c) => c.json(JSON.parse(new TextDecoder().decode(await c.req.raw.bytes()))));
    app.post("/buffer", async (c) => c.json(JSON.parse(Buffer.from(await c.req.arrayBuffer()).toString())));
    app.post("/elsewhere", async (c) => c.json(JSON.parse(`<html>${await c.req.text()}`)));
    return made;
  }

  test.each([
    ["/json", "application/json", "{", "invalid_json"],
    ["/json", "application/json", "", "invalid_json"],
    ["/json", "application/json", "\u0000\ufffd", "invalid_json"],
    ["/raw", "application/json", '{"a":}', "invalid_json"],
    ["/hook", "application/json", "nonsense", "invalid_json"],
    ["/validated", "application/json", "{", "invalid_request"],
    ["/signed", "application/json", '{"a":1', "invalid_json"],
    ["/signed", "text/plain", "", "invalid_json"],
    ["/bytes", "application/json", "[1,]", "invalid_json"],
    ["/buffer", "application/json", "nonsense", "invalid_json"],
    ["/form", multipart, "no boundary at all", "invalid_request"],
    ["/raw-form", multipart, "--x\r\ncontent", "invalid_request"],
    ["/raw-form", "text/plain", "a=b", "invalid_request"],
  ])("%s with %s and %p is the client's mistake", async (path, type, body, code) => {
    const { app, lines } = appWithReaders();
    const response = await app.request(path, { method: "POST", headers: { "content-type": type }, body });
    expect(await errorOf(response)).toMatchObject({ status: 400, code });
    expect(lines.map(({ level }) => level)).toEqual(["info"]);
  });

  test("is the server's when nobody sent it, and the route's own affair when it catches what it is thrown", async () => {
    const { app, lines } = appWithReaders();
    expect((await app.request("/own", { method: "POST" })).status).toBe(500);
    for (const body of ["{}", "nonsense"]) expect((await app.request("/elsewhere", { method: "POST", body })).status).toBe(500);
    expect(lines.some(({ level }) => level === "error")).toBe(true);
    expect(await (await app.request("/caught", { method: "POST", body: "{" })).json()).toBe("caught");
  });

  test("is no mistake when it is right, however it is read", async () => {
    const { app } = appWithReaders();
    const form = new FormData();
    form.set("a", "1");
    for (const path of ["/form", "/raw-form"]) expect(await (await app.request(path, { method: "POST", body: form })).json()).toEqual(["a"]);
    const json = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' };
    for (const path of ["/json", "/raw", "/hook", "/validated", "/signed", "/bytes", "/buffer"]) expect(await (await app.request(path, json)).json()).toEqual({ a: 1 });
  });
});
