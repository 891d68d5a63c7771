import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { SseBody, type SseOptions, type StreamEnd } from "../../src/http/sse.ts";
import { until } from "../support/until.ts";

type Told = { end?: StreamEnd; gone: number; failures: unknown[] };

function body(frames: AsyncIterable<string>, more: Partial<SseOptions> = {}): { chunks: SseBody; told: Told } {
  const told: Told = { gone: 0, failures: [] };
  const chunks = new SseBody(frames, {
    heartbeatMs: 60_000,
    signal: new AbortController().signal,
    onGone: () => void told.gone++,
    onFailure: (thrown) => void told.failures.push(thrown),
    onEnd: (end) => (told.end = end),
    ...more,
  });
  return { chunks, told };
}

const never = () => new Promise<never>(() => {});

async function* three() {
  yield "data: 1\n\n";
  yield "data: 2\n\n";
  yield "data: 3\n\n";
}

describe("an SSE body", () => {
  test("opens with a comment, then hands on what one turn of the loop brings as one chunk", async () => {
    async function* source() {
      yield* three();
      await Bun.sleep(5);
      yield "data: 4\n\n";
    }
    const { chunks, told } = body(source());
    expect(await Array.fromAsync(chunks)).toEqual([": ok\n", "data: 1\n\ndata: 2\n\ndata: 3\n\n", "data: 4\n\n"]);
    expect(told.end).toEqual({ outcome: "done", frames: 4 });
  });

  test("is cut short by an error that is retried, whatever its source waits for", async () => {
    let isLeft = false;
    async function* source() {
      try {
        yield "data: 1\n\n";
        await never();
      } finally {
        isLeft = true;
      }
    }
    const { chunks, told } = body(source());
    const read = Array.fromAsync(chunks);
    await Bun.sleep(5);
    chunks.cutShort();
    chunks.cutShort();
    const [, first, last] = await read;
    expect(first).toBe("data: 1\n\n");
    expect(JSON.parse(last!.slice("data: ".length))).toMatchObject({ type: "error", allow_retry: true });
    expect(told).toMatchObject({ end: { outcome: "failed" }, gone: 0, failures: [] });
    expect(isLeft).toBe(false);
  });

  test("begins its source before the head leaves, and asks it for no more than goes out at once", async () => {
    let asked = 0;
    const line = `data: ${"x".repeat(1000)}\n\n`;
    async function* counting() {
      for (;;) {
        asked++;
        yield line;
      }
    }
    const { chunks } = body(counting());
    const head = chunks.next();
    expect(asked).toBe(1);
    expect((await head).value).toBe(": ok\n");
    await Bun.sleep(5);
    expect(asked).toBe(1);
    const { value } = await chunks.next();
    await Bun.sleep(5);
    expect(value?.length).toBeLessThan(20_000);
    expect(asked * line.length).toBeLessThan(20_000);
    await chunks.return();
  });

  test("sends comments without a blank line while the source is quiet, and loses no frame to them", async () => {
    const gate = Promise.withResolvers<void>();
    async function* quiet() {
      yield "data: 1\n\n";
      await gate.promise;
      yield "data: 2\n\n";
    }
    const { chunks } = body(quiet(), { heartbeatMs: 5 });
    const got: string[] = [];
    for await (const chunk of chunks) {
      got.push(chunk);
      if (got.filter((one) => one === ": hb\n").length === 2) gate.resolve();
    }
    expect(got.filter((one) => one.startsWith("data"))).toEqual(["data: 1\n\n", "data: 2\n\n"]);
    expect(got.slice(2, 4)).toEqual([": hb\n", ": hb\n"]);
  });

  test("keeps a frame that comes while the reader is busy with a heartbeat", async () => {
    const gate = Promise.withResolvers<void>();
    async function* late() {
      await gate.promise;
      yield "data: 1\n\n";
    }
    const { chunks } = body(late(), { heartbeatMs: 5 });
    await chunks.next();
    expect((await chunks.next()).value).toBe(": hb\n");
    gate.resolve();
    await Bun.sleep(2);
    expect((await chunks.next()).value).toBe("data: 1\n\n");
    expect((await chunks.next()).done).toBe(true);
  });

  test("ends with an error event when the source throws, behind all that came before", async () => {
    async function* breaking() {
      yield "data: 1\n\n";
      throw new Error("secret");
    }
    const { chunks, told } = body(breaking());
    const text = (await Array.fromAsync(chunks)).join("");
    expect(text).toBe(': ok\ndata: 1\n\ndata: {"type":"error","code":"stream.error","allow_retry":true}\n\n');
    expect(told.failures).toHaveLength(1);
    expect(told.end).toEqual({ outcome: "failed", frames: 1, code: "internal" });
  });

  test("returns the source when the reader leaves between frames", async () => {
    let returned = false;
    async function* source() {
      try {
        for (;;) {
          yield "data: 1\n\n";
          await Bun.sleep(50);
        }
      } finally {
        returned = true;
      }
    }
    const { chunks, told } = body(source());
    await chunks.next();
    await chunks.next();
    await chunks.return();
    await until(async () => returned || undefined);
    expect(told.end).toEqual({ outcome: "client_gone", frames: 1 });
  });

  test("tells at once that the reader has left while the source is parked", async () => {
    const client = new AbortController();
    async function* parked() {
      yield "data: 1\n\n";
      await never();
    }
    const { chunks, told } = body(parked(), { signal: client.signal });
    await chunks.next();
    await chunks.next();
    const waiting = chunks.next();
    client.abort();
    expect((await waiting).done).toBe(true);
    expect(told).toMatchObject({ gone: 1, end: { outcome: "client_gone", frames: 1 } });
  });
});

describe("an SSE body served by Bun", () => {
  /** Serves one stream; answers what happened to it. */
  function serve(frames: () => AsyncIterable<string>, heartbeatMs = 60_000) {
    const ended = Promise.withResolvers<StreamEnd>();
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      fetch(request, self) {
        self.timeout(request, 8);
        const { chunks } = body(frames(), { heartbeatMs, signal: request.signal, onEnd: ended.resolve });
        return new Response(chunks as unknown as ReadableStream);
      },
    });
    return { server, ended: ended.promise, [Symbol.asyncDispose]: () => server.stop(true) };
  }

  test("reaches the client before the source has said anything", async () => {
    await using stream = serve(async function* () {
      await never();
    });
    const response = await fetch(stream.server.url);
    const reader = response.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(": ok\n");
    await reader.cancel();
    expect((await stream.ended).outcome).toBe("client_gone");
  });

  test("notices a client that leaves a parked source", async () => {
    await using stream = serve(async function* () {
      yield "data: 1\n\n";
      await never();
    });
    const client = new AbortController();
    const response = await fetch(stream.server.url, { signal: client.signal });
    await response.body!.getReader().read();
    client.abort();
    expect((await stream.ended).outcome).toBe("client_gone");
  });

  test.concurrent(
    "holds the source back for a reader that takes nothing, and is cut at the connection's deadline",
    async () => {
      let frames = 0;
      await using stream = serve(async function* () {
        for (;;) {
          frames += 1;
          yield `data: ${"x".repeat(64 * 1024)}\n\n`;
          if (frames % 16 === 0) await Bun.sleep(0);
        }
      });
      const socket = connect(stream.server.port!, "127.0.0.1");
      socket.on("error", () => {});
      socket.pause();
      socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      expect((await stream.ended).outcome).toBe("client_gone");
      // What fits into the sockets' own buffers, and no more; without back-pressure it would be gigabytes.
      expect(frames * 64).toBeLessThan(64 * 1024);
      socket.destroy();
    },
    20_000,
  );

  test.concurrent(
    "outlives the connection's deadline while heartbeats go out",
    async () => {
      await using stream = serve(async function* () {
        await Bun.sleep(10_000);
        yield "data: 1\n\n";
      }, 1000);
      expect(await (await fetch(stream.server.url)).text()).toEndWith(": hb\ndata: 1\n\n");
      expect((await stream.ended).outcome).toBe("done");
    },
    20_000,
  );
});
