import { describe, expect, test } from "bun:test";
import { trustedHeader } from "../../src/auth/trusted-header.ts";
import { createApp, type AppOptions } from "../../src/http/app.ts";
import { assistantMessage } from "../../src/server/builders.ts";
import { Limits } from "../../src/server/limits/limits.ts";
import { ports, recordingLogger, Scripted, type Logged } from "../support/chat.ts";
import { createThreadBody, errorOf, LIST_THREADS, testApp } from "../support/http.ts";

const as = (user: string) => ({ "x-user-id": user });
const lastEvent = (text: string) => JSON.parse(text.trim().split("\n\n").at(-1)!.replace(/^(: ok\n)?data: /, "")) as object;

/** An app behind a proxy at 10.0.0.1, as if served. */
function proxied(options: AppOptions) {
  const logger = recordingLogger();
  const server = new Scripted(async function* () {
    yield assistantMessage("Hello.");
  }, ports(undefined, logger));
  const app = createApp(server, { trustedProxies: ["10.0.0.1"], authenticate: trustedHeader({ proxies: ["10.0.0.1"] }), ...options });
  const connection = { requestIP: () => ({ address: "10.0.0.1" }), timeout: () => {} };
  const post = (headers: Record<string, string>) =>
    app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(LIST_THREADS) }, connection);
  return { post, lines: logger.lines as Logged[] };
}

describe("limits", () => {
  test("at ten times the limit the limit passes; the rest gets 429 and when to come again, others are served", async () => {
    const { post, lines } = testApp({ limits: new Limits({ requestsPerMinute: 50 }) });
    const statuses = await Promise.all(Array.from({ length: 500 }, async () => (await post(LIST_THREADS, as("ada"))).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    const refused = await post(LIST_THREADS, as("ada"));
    expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 61);
    expect(await errorOf(refused)).toMatchObject({ status: 429, code: "rate_limited", message: expect.stringContaining("Try again in") as string });
    expect((await post(LIST_THREADS, as("bob"))).status).toBe(200);
    const audit = lines.filter(({ fields }) => (fields as { event?: string }).event === "limit_hit");
    expect(audit.map(({ fields }) => fields)).toEqual([expect.objectContaining({ reason: "requests_per_minute", user_id: "ada" })]);
  });

  test("an operation that streams is refused in its stream, so that the client offers a retry", async () => {
    const { post } = testApp({ limits: new Limits({ requestsPerMinute: 1 }) });
    expect((await post(createThreadBody(), as("ada"))).status).toBe(200);
    const refused = await post(createThreadBody(), as("ada"));
    expect([refused.status, refused.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(lastEvent(await refused.text())).toMatchObject({ type: "error", message: expect.stringContaining("Too many requests") as string, allow_retry: true });
    for (const body of [`{"params":{},"x":"${"y".repeat(2000)}","type":"threads.create"}`, "{not json", ""]) expect((await post(body, as("ada"))).status).toBe(429);
  });

  test("while the process is late, answers are refused in their streams; what is quick, and probes, are not", async () => {
    const { app, post } = testApp({ limits: new Limits({ isLate: () => true }) });
    const refused = await post(createThreadBody(), as("ada"));
    expect([refused.status, lastEvent(await refused.text())]).toEqual([200, { type: "error", code: "custom", message: "The server is busy. Try again in a moment.", allow_retry: true }]);
    expect([(await post(LIST_THREADS, as("ada"))).status, (await app.request("/readyz")).status]).toEqual([200, 200]);
  });

  test("routes of one's own are counted with the rest, probes are not", async () => {
    const { app, post } = testApp({ limits: new Limits({ requestsPerMinute: 2 }) });
    app.get("/mine", (c) => c.text("mine"));
    for (let i = 0; i < 5; i++) expect((await app.request("/readyz")).status).toBe(200);
    const get = () => app.request("/mine", { headers: as("ada") });
    expect([(await get()).status, (await post(LIST_THREADS, as("ada"))).status, (await get()).status]).toEqual([200, 200, 429]);
  });

  test("who is refused too often from one address is told to come again, whoever is known there is served, and a made-up address changes nothing", async () => {
    const { post, lines } = proxied({ limits: new Limits({ refusalsPerMinute: 3 }) });
    const from = (address: string) => ({ "x-forwarded-for": address });
    const statuses = async (...chain: string[]) => {
      const found: number[] = [];
      for (const one of chain) found.push((await post(from(one))).status);
      return found;
    };
    expect(await statuses("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1")).toEqual([401, 401, 401, 429]);
    // What the client writes itself stands left of what the proxy adds.
    expect(await statuses("198.51.100.9, 192.0.2.1", "127.0.0.1,192.0.2.1")).toEqual([429, 429]);
    expect(await statuses("192.0.2.2")).toEqual([401]);
    expect((await post({ ...from("192.0.2.1"), ...as("ada") })).status).toBe(200);
    const refused = await post(from("192.0.2.1"));
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([429, expect.any(Number)]);
    expect(lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ event: "limit_hit", reason: "refusals_per_minute", client_ip: "192.0.2.1" }));
  });

  test("all addresses of one IPv6 network of 64 bits are counted as one, IPv4 addresses each for itself, also in the form of IPv6", async () => {
    const { post } = proxied({ limits: new Limits({ refusalsPerMinute: 3 }) });
    const statuses = (addresses: string[]) => Promise.all(addresses.map(async (address) => (await post({ "x-forwarded-for": address })).status));
    const neighbours = Array.from({ length: 40 }, (_, i) => `2001:db8:0:7:${i + 1}::${i}`);
    expect((await statuses(neighbours)).filter((status) => status === 429)).toHaveLength(37);
    expect(await statuses(["2001:db8:0:8::1", "2001:db8:0:6:ffff::1"])).toEqual([401, 401]);
    expect(await statuses(["::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3", "::ffff:192.0.2.4"])).toEqual([401, 401, 401, 401]);
    expect(await statuses(["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"])).toEqual([401, 401, 429, 401]);
  });
});
