import { expect, test } from "bun:test";
import { LIST_THREADS, errorOf, testApp } from "../../support/http.ts";

test("a name that is not this server's is refused with what to do about it, for whoever asks and in the log", async () => {
  const { post, lines } = testApp({ allowedHosts: ["chat.example"] });
  expect((await post(LIST_THREADS, { host: "chat.example:8000" })).status).toBe(200);
  expect((await post(LIST_THREADS, { host: "127.0.0.1:8000" })).status).toBe(200);
  for (let i = 0; i < 3; i++) {
    const refused = await errorOf(await post(LIST_THREADS, { host: "chatkit" }));
    expect([refused.status, refused.code]).toEqual([421, "unknown_host"]);
    expect(refused.message).toContain('"chatkit"');
    expect(refused.message).toContain("allowed_hosts");
  }
  const told = lines.filter(({ level }) => level === "warn");
  expect(told).toMatchObject([{ fields: { host: "chatkit" }, message: expect.stringContaining("allowed_hosts") }]);
});

test("an endless name is not repeated, and a forged one breaks no line", async () => {
  const { post } = testApp({ allowedHosts: [] });
  const { message } = await errorOf(await post(LIST_THREADS, { host: `${"x".repeat(5000)}\u00e9"` }));
  expect(message.length).toBeLessThan(300);
});

test("probes are asked by address, by whatever name there is", async () => {
  const { app } = testApp({ allowedHosts: [] });
  for (const path of ["/livez", "/readyz", "/healthz"]) expect((await app.request(path, { headers: { host: "pod-7.cluster" } })).status).toBe(200);
});

test("without a list every name is this server's", async () => {
  expect((await testApp().post(LIST_THREADS, { host: "chatkit:8000" })).status).toBe(200);
});
