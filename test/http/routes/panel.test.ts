import { describe, expect, test } from "bun:test";
import { hiddenContext, assistantMessage } from "../../../src/server/builders.ts";
import { Limits } from "../../../src/server/limits/limits.ts";
import { createThreadBody, errorOf, testApp } from "../../support/http.ts";

const TOKEN = "a token that nobody can guess";
const lines = [{ number: 1, line: "one" }, { number: 2, line: "two" }];

async function* hidden() {
  yield hiddenContext("for the model alone");
  yield assistantMessage("Hello.");
}

function appWith(isForProxies = false, limits = new Limits()) {
  const panel = { token: TOKEN, isForProxies, log: (after: number) => lines.filter(({ number }) => number > after), config: () => [{ option: "host", value: "127.0.0.1" }] };
  const { app, post, lines: logged } = testApp({ panel, limits, inProcess: true, answer: hidden });
  const ask = (path: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }, init: RequestInit = {}) => app.request(path, { ...init, headers });
  return { ask, post, logged };
}

describe("the panel for developers", () => {
  test("tells nothing without the token, whatever else a request says", async () => {
    const { ask } = appWith();
    for (const path of ["/panel/config", "/panel/log", "/panel/threads", "/panel/threads/x?user=ada", "/panel/anything"]) {
      for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: `Basic ${TOKEN}` }, { "x-user-id": "local" }, { authorization: "Bearer " }]) {
        expect(await errorOf(await ask(path, headers as Record<string, string>))).toMatchObject({ status: 401 });
      }
    }
    expect((await ask(`/panel/config?token=${TOKEN}`, {})).status).toBe(401);
  });

  test.each(["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip", "via"])("is not for what a proxy forwards (%s), unless the operator gave the token", async (name) => {
    const headers = { authorization: `Bearer ${TOKEN}`, [name]: "198.51.100.1" };
    expect(await errorOf(await appWith().ask("/panel/config", headers))).toMatchObject({ status: 403 });
    expect((await appWith(true).ask("/panel/config", headers)).status).toBe(200);
  });

  test("lets nobody guess: guesses are in the audit log, and too many of one address are refused for a while", async () => {
    const { ask, logged } = appWith(false, new Limits({ refusalsPerMinute: 3 }));
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await ask("/panel/config", { authorization: "Bearer wrong" })).status));
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect(logged.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ event: "identity_refused", reason: "admin_token" }));
    expect((await ask("/panel/config")).status).toBe(200);
  });

  test("takes no body that is larger than others may be", async () => {
    const body = JSON.stringify({ definition: "x".repeat(2 * 1024 ** 2) });
    expect(await errorOf(await appWith().ask("/panel/widget", { authorization: `Bearer ${TOKEN}`, "content-length": String(body.length) }, { method: "POST", body }))).toMatchObject({ status: 413 });
  });

  test("shows the configuration, and the log from a line on", async () => {
    const { ask } = appWith();
    expect(await (await ask("/panel/config")).json()).toEqual([{ option: "host", value: "127.0.0.1" }]);
    expect(await (await ask("/panel/log?after=1")).json()).toEqual([lines[1]]);
  });

  test("shows any user's threads, hidden items with them", async () => {
    const { ask, post } = appWith();
    await (await post(createThreadBody("hi"), { "x-user-id": "ada" })).text();
    const { data } = (await (await ask("/panel/threads?user=ada")).json()) as { data: { id: string }[] };
    expect(data).toHaveLength(1);
    const { items } = (await (await ask(`/panel/threads/${data[0]!.id}?user=ada`)).json()) as { items: { type: string }[] };
    expect(items.map(({ type }) => type)).toEqual(["user_message", "hidden_context_item", "assistant_message"]);
    expect(await errorOf(await ask(`/panel/threads/${data[0]!.id}?user=eve`))).toMatchObject({ status: 404 });
  });

  test("builds a widget file, and says what is wrong with it", async () => {
    const { ask } = appWith();
    const build = (body: object) => ask("/panel/widget", { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" }, { method: "POST", body: JSON.stringify(body) });
    const definition = { version: "1.0", name: "Hi", template: '{"type":"Card","children":[{"type":"Text","value":{{ (name) | tojson }}}]}' };
    expect(await (await build({ definition, data: { name: "Ada" } })).json()).toEqual({ type: "Card", children: [{ type: "Text", value: "Ada" }] });
    expect(await errorOf(await build({ definition: { ...definition, template: "{{" } }))).toMatchObject({ status: 400, message: expect.stringContaining("Jinja") });
  });
});
