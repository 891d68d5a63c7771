import { describe, expect, test } from "bun:test";
import { browserFiles } from "../../../src/runtime/browser-files/browser-files.ts";
import { VERSION } from "../../../src/version.ts";
import { testApp } from "../../support/http.ts";

const file = browserFiles();
const refuseAll = () => Promise.reject(new Error("nobody may"));
const appWith = (isOn: boolean) => testApp({ pages: { file, isOn, options: {}, frameOrigins: ["https://shop.example.com"] }, authenticate: refuseAll }).app;
const app = appWith(true);
const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers });
const importedBy = async (path: string) => /"\.\/(chatkit-ui\/.+?)"/.exec(await (await get(path)).text())?.[1];

describe("the code for the browser", () => {
  test("is there for pages of any origin, without identity, as a script that is no module, too", async () => {
    const response = await get("/chatkit.js", { origin: "https://shop.example.com" });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(response.headers.get("content-type")).toStartWith("text/javascript");
    const text = await response.text();
    expect(() => new Function(text)).not.toThrow();
    expect(text).not.toMatch(/^(import|export|var|let|const) /m);
  });

  test("is all that the element needs to begin, and not more than 90 KB of it", async () => {
    const names = [...(await (await get("/chatkit.js")).text()).matchAll(/"\.\/(chatkit-ui\/.+?)"/g)].map(([, name]) => name!);
    const files = await Promise.all(names.map((name) => file(name)));
    const texts = files.map((one) => new TextDecoder().decode(Bun.gunzipSync(one!.gzip)));
    expect(texts.some((text) => text.includes('customElements.define("openai-chatkit"'))).toBe(true);
    const needed = texts.flatMap((text) => [...text.matchAll(/(?:from|import)"\.\/([\w.-]+)"/g)].map(([, name]) => `chatkit-ui/${name}`));
    expect(needed.filter((name) => !names.includes(name))).toEqual([]);
    expect(files.reduce((sum, one) => sum + one!.gzip.length, 0)).toBeLessThanOrEqual(90 * 1024);
  });

  test("is asked for again each time and not sent again", async () => {
    const { headers } = await get("/chatkit.js");
    expect(headers.get("cache-control")).toBe("no-cache");
    const again = await get("/chatkit.js", { "if-none-match": headers.get("etag")! });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
    expect((await get("/chatkit.js", { "if-none-match": '"other"' })).status).toBe(200);
  });

  test("with the version in its name it never changes, and neither does what it imports", async () => {
    const pinned = `/chatkit.${VERSION}.js`;
    expect((await get(pinned)).headers.get("cache-control")).toContain("immutable");
    expect(await importedBy(pinned)).toBe((await importedBy("/chatkit.js"))!);
    const entry = await get(`/${await importedBy(pinned)}`);
    expect(entry.headers.get("cache-control")).toContain("immutable");
    expect(entry.headers.get("access-control-allow-origin")).toBe("*");
    for (const unknown of ["/chatkit.0.0.0.js", "/chatkit-ui/none.js", "/chatkit-ui/..%2fpage.html"]) expect((await get(unknown)).status).not.toBe(200);
  });

  test("is compressed for those who take that", async () => {
    const path = `/${await importedBy("/chatkit.js")}`;
    const [plain, zipped, refused] = await Promise.all([get(path), get(path, { "accept-encoding": "br, gzip" }), get(path, { "accept-encoding": "gzip;q=0" })]);
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    expect(refused.headers.get("content-encoding")).toBeNull();
    expect(new TextDecoder().decode(Bun.gunzipSync((await zipped.arrayBuffer())))).toBe(await plain.text());
  });
});

describe("the chat page", () => {
  test("runs only code of its own, and no page may frame it", async () => {
    const response = await get("/");
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'sha256-");
    expect(policy).toContain("; connect-src 'self'; ");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(await response.text()).toMatch(/<script type="module" src="\.\/chatkit-ui\/start-page-\w+\.js">/);
  });

  test("may send files to the bucket that takes them directly, and to nobody else", async () => {
    const { app } = testApp({ pages: { file, isOn: true, options: {}, frameOrigins: [], fileOrigins: ["https://files.example.com"] } });
    expect((await app.request("/")).headers.get("content-security-policy")).toContain("; connect-src 'self' https://files.example.com; ");
  });

  test("where it is off, the address says what this is and how to switch it on", async () => {
    const text = await (await appWith(false).request("/")).text();
    expect(text).toContain("--playground on");
    expect(text).not.toContain("<script");
  });

  test("may be framed as /embed by pages that may call, and nobody else", async () => {
    const policy = (await get("/embed")).headers.get("content-security-policy")!;
    expect(policy).toContain("frame-ancestors 'self' https://shop.example.com");
  });

  test("gives way to a route of the agent module for the same path", async () => {
    const own = testApp({ pages: { file, isOn: true, options: {}, frameOrigins: [] } }).app;
    own.get("/", (c) => c.text("ours"));
    expect(await (await own.request("/")).text()).toBe("ours");
  });
});
