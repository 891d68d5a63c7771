import { expect, test } from "bun:test";
import { testApp } from "../../support/http.ts";

const PAGE = "https://app.example";
const EVIL = "https://evil.example";

/** An app with a route of a module's that changes something. */
function shop(options: Parameters<typeof testApp>[0] = {}) {
  const { app, lines } = testApp(options);
  app.all("/pay", (c) => c.text("paid"));
  const pay = async (headers: Record<string, string>, method = "POST") => (await app.request("/pay", { method, headers: { host: "chat.example:8443", ...headers } })).status;
  return { pay, lines };
}

test("what is no browser passes: it names neither a site nor an origin", async () => {
  expect(await shop().pay({})).toBe(200);
});

test("the browser's word on the site decides where there is one", async () => {
  const { pay } = shop({ corsOrigins: [PAGE] });
  expect(await pay({ "sec-fetch-site": "same-origin", origin: "http://chat.example:8443" })).toBe(200);
  expect(await pay({ "sec-fetch-site": "none" })).toBe(200);
  for (const site of ["cross-site", "same-site", "", "same-origin, cross-site", "Same-Origin", "sideways"]) {
    const outcomes = [await pay({ "sec-fetch-site": site }), await pay({ "sec-fetch-site": site, origin: EVIL }), await pay({ "sec-fetch-site": site, origin: "null" })];
    expect([site, ...outcomes]).toEqual([site, 403, 403, 403]);
    // Not even an origin that has the name of this server: the browser knows better.
    expect(await pay({ "sec-fetch-site": site, origin: "https://chat.example:8443" })).toBe(403);
    expect(await pay({ "sec-fetch-site": site, origin: PAGE })).toBe(200);
  }
});

test("without it the page's origin has to be this server's, its public address's or a listed one", async () => {
  const { pay } = shop({ corsOrigins: [PAGE, "capacitor://localhost"], publicUrl: "https://public.example/chat" });
  for (const origin of ["https://chat.example:8443", "http://chat.example:8443", "https://public.example", PAGE, "capacitor://localhost"]) {
    expect([origin, await pay({ origin })]).toEqual([origin, 200]);
  }
  for (const origin of [EVIL, "null", "", "https://chat.example", "https://chat.example:8444", "https://chat.example.evil:8443", "http://public.example", "file://", `${PAGE}, ${EVIL}`, "tauri://localhost"]) {
    expect([origin, await pay({ origin })]).toEqual([origin, 403]);
  }
});

test("a default port may be named or not, and a name is one in any case", async () => {
  const { pay } = shop();
  const own: [string, string][] = [["chat.example", "https://chat.example"], ["chat.example:443", "https://chat.example"], ["CHAT.example:80", "http://chat.example"], ["[::1]:8000", "http://[::1]:8000"]];
  for (const [host, origin] of own) expect([host, await pay({ host, origin })]).toEqual([host, 200]);
  const other: [string, string][] = [["chat.example:443", "http://chat.example"], ["", "https://chat.example"], ["chat.example@evil.example", EVIL], ["evil.example/", EVIL], ["a, evil.example", EVIL]];
  for (const [host, origin] of other) expect([host, await pay({ host, origin })]).toEqual([host, 403]);
});

test("reading is nobody's harm: the browser keeps the answer from a page that is not listed", async () => {
  for (const method of ["GET", "HEAD", "OPTIONS"]) expect(await shop().pay({ "sec-fetch-site": "cross-site", origin: EVIL }, method)).toBe(200);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "PURGE"]) expect(await shop().pay({ "sec-fetch-site": "cross-site", origin: EVIL }, method)).toBe(403);
});

test("with * every page may call", async () => {
  expect(await shop({ corsOrigins: ["*"] }).pay({ "sec-fetch-site": "cross-site", origin: EVIL })).toBe(200);
});

test("a refused origin is named in the log, once a minute, whether it asked for leave or not", async () => {
  for (const corsOrigins of [[], [PAGE]]) {
    const { app, lines } = testApp({ corsOrigins });
    const named = () => lines.filter(({ message }) => message?.includes("cors_origins")).map(({ level, fields }) => [level, (fields as { origin: string }).origin]);
    const preflight = { origin: EVIL, "access-control-request-method": "POST", "sec-fetch-site": "cross-site" };
    for (let i = 0; i < 3; i++) await app.request("/chatkit", { method: "OPTIONS", headers: preflight });
    expect(named()).toEqual([["warn", EVIL]]);
    await app.request("/chatkit", { method: "POST", headers: { origin: "https://other.example" } });
    await app.request("/chatkit", { method: "POST", headers: { origin: PAGE, "sec-fetch-site": "same-origin" } });
    expect(named().map(([, origin]) => origin)).toEqual([EVIL, "https://other.example"]);
    for (let i = 0; i < 500; i++) await app.request("/chatkit", { method: "POST", headers: { origin: `https://${i}.example` } });
    expect(named().length).toBeLessThanOrEqual(50);
  }
});
