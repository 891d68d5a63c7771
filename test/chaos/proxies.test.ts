import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { ReverseProxy, type ProxyKind } from "../support/reverse-proxy.ts";
import { behindProxy } from "./scenarios/behind-proxy.ts";
import { failingProxy } from "./scenarios/failing-proxy.ts";

setDefaultTimeout(60_000);
beforeAll(binary);

const KINDS = (["nginx", "caddy"] as ProxyKind[]).filter((kind) => {
  const isInstalled = ReverseProxy.isInstalled(kind);
  if (!isInstalled) console.log(`${kind} is not installed here: the README's block for it is not tried`);
  return isInstalled;
});

const STREAMED = { deltas: 20, ended: "done", quiet_ended: "done", too_large: 413, ready: 200 };

describe.concurrent.each(KINDS)("behind %s", (kind) => {
  test("as the README sets it up, answers stream, and a client cannot say who it is or where it comes from (CWE-290)", async () => {
    const figures = await behindProxy(kind, "readme");
    expect(figures).toMatchObject(STREAMED);
    expect(figures["arrivals"]).toBeGreaterThan(10);
    expect(figures["left_ms"]).toBeLessThan(5000);
    expect(figures).toMatchObject({ own: 3, forged: 0, forged_underscore: 0, without_login: "HTTP 401", client_ip: "127.0.0.1", believed_address: 0 });
  });

  test("as it comes, told no more than the address, answers stream as well", async () => {
    const figures = await behindProxy(kind, "defaults");
    expect(figures).toMatchObject(STREAMED);
    expect(figures["arrivals"]).toBeGreaterThan(10);
    expect(figures["left_ms"]).toBeLessThan(5000);
  });
});

describe.concurrent.each(["sqlite", "postgres"] as const)("over %s", (kind) => {
  test("behind a proxy that fails, each message gets its answer, and is one while it waited for the head", async () => {
    const figures = await failingProxy(kind);
    expect(figures).toMatchObject({ rounds: 3, unanswered: 0, messages_504_before_the_head: 3 });
  });
});
