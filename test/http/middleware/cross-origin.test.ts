import { expect, test } from "bun:test";
import { LIST_THREADS, testApp } from "../../support/http.ts";

const PAGE = "https://app.example";

const preflight = (app: ReturnType<typeof testApp>["app"], origin: string) =>
  app.request("/chatkit", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,chatkit-frame-instance-id",
    },
  });

test("a listed origin may call with credentials and whatever headers it asks for", async () => {
  const { app, post } = testApp({ corsOrigins: [PAGE] });
  const asked = await preflight(app, PAGE);
  expect(asked.status).toBe(204);
  expect(asked.headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(asked.headers.get("access-control-allow-credentials")).toBe("true");
  expect(asked.headers.get("access-control-allow-headers")).toBe("content-type,chatkit-frame-instance-id");
  const answer = await post(LIST_THREADS, { origin: PAGE });
  expect(answer.headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(answer.headers.get("vary")?.toLowerCase()).toContain("origin");
});

test("an origin that is not listed is told nothing", async () => {
  const { app, post } = testApp({ corsOrigins: [PAGE] });
  expect((await preflight(app, "https://evil.example")).headers.has("access-control-allow-origin")).toBe(false);
  expect((await post(LIST_THREADS, { origin: "https://evil.example" })).headers.has("access-control-allow-origin")).toBe(false);
  expect((await testApp().post(LIST_THREADS, { origin: PAGE })).headers.has("access-control-allow-origin")).toBe(false);
});

test("a listed origin can read refusals, also those that come before identity", async () => {
  const { post } = testApp({ corsOrigins: [PAGE], isDraining: () => true });
  const refused = await post(LIST_THREADS, { origin: PAGE });
  expect(refused.status).toBe(503);
  expect(refused.headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(refused.headers.get("access-control-expose-headers")).toContain("x-request-id");
});

test("with * every origin may call, none with credentials", async () => {
  const { app } = testApp({ corsOrigins: ["*"] });
  const asked = await preflight(app, PAGE);
  expect(asked.headers.get("access-control-allow-origin")).toBe("*");
  expect(asked.headers.has("access-control-allow-credentials")).toBe(false);
});
