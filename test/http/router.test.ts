import { expect, test } from "bun:test";
import type { SmartRouter } from "hono/router/smart-router";
import { testApp } from "../support/http.ts";

test("every request is matched by Hono's fast router: no path has a fixed name where another has a parameter", async () => {
  const pages = { isOn: true, options: {}, file: async () => undefined, frameOrigins: [] };
  const panel = { token: "t".repeat(20), isForProxies: false, log: () => [], config: () => [] };
  const { app } = testApp({ pages, panel });
  await app.request("/livez");
  expect((app.router as SmartRouter<unknown>).activeRouter.name).toBe("RegExpRouter");
});
