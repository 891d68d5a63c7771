import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { curlOf, Recorder } from "../../../../src/ui/playground/panel/recorder.ts";

const EVENT = JSON.stringify({ type: "progress_update", text: `é${"x".repeat(200_000)}` });

/** Answers with so many events as the path says, or with JSON. */
function answer({ url }: Request): Response {
  const count = Number(new URL(url).pathname.slice(1));
  if (count === 0) return Response.json({ data: "x".repeat(2_000_000) });
  return new Response(`data: ${EVENT}\n\n`.repeat(count), { headers: { "content-type": "text/event-stream" } });
}

describe("what the panel keeps of the wire", () => {
  let server: ReturnType<typeof Bun.serve>;
  beforeAll(() => void (server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer })));
  afterAll(() => server.stop(true));

  const asked = async (recorder: Recorder, path: string, body = '{"type":"threads.create"}') => {
    const ended = Promise.withResolvers<void>();
    recorder.onChange = () => recorder.exchanges.at(-1)?.durationMs !== undefined && ended.resolve();
    const response = await recorder.fetch(`${server.url.origin}/${path}`, { method: "POST", body });
    const text = await response.text();
    await ended.promise;
    return text;
  };
  const kept = ({ exchanges }: Recorder) => exchanges.flatMap(({ body, events, answer = "" }) => [body, answer, ...events.map(({ data }) => data)]).join("").length;

  test("is each event with its size in bytes, and the chat gets the answer unchanged", async () => {
    const recorder = new Recorder();
    expect(await asked(recorder, "2")).toBe(`data: ${EVENT}\n\n`.repeat(2));
    const [{ operation, bytes, events, leftOut }] = recorder.exchanges as [Recorder["exchanges"][0]];
    expect({ operation, bytes, events: events.map(({ label }) => label), leftOut }).toEqual({
      operation: "threads.create",
      bytes: 2 * Buffer.byteLength(EVENT),
      events: ["progress_update", "progress_update"],
      leftOut: 0,
    });
  });

  test("stays under four million characters: the oldest exchange goes first, then the first events of a long one", async () => {
    const recorder = new Recorder();
    for (const path of ["8", "8", "8"]) await asked(recorder, path);
    expect(recorder.exchanges.map(({ id, events }) => [id, events.length])).toEqual([[2, 8], [3, 8]]);
    await asked(recorder, "25");
    expect(recorder.exchanges.map(({ id, leftOut }) => [id, leftOut > 0])).toEqual([[4, true]]);
    expect(kept(recorder)).toBeLessThanOrEqual(4_000_000);
  });

  test("is the beginning of a longer request or answer, which is then no command to copy", async () => {
    const recorder = new Recorder();
    await asked(recorder, "0", "y".repeat(3_000_000));
    const [exchange] = recorder.exchanges as [Recorder["exchanges"][0]];
    expect([exchange.body.length, exchange.answer!.length]).toEqual([1_000_000, 1_000_000]);
    expect(curlOf(exchange)).toBeUndefined();
    await asked(recorder, "1", "{}");
    expect(curlOf(recorder.exchanges.at(-1)!)).toContain("curl -N");
  });
});
