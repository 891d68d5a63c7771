import { describe, expect, test } from "bun:test";
import { testApp } from "../../support/http.ts";

/** What the connection's timer was set to while a request to that route was answered, in seconds. */
async function limits(path: string): Promise<number[]> {
  const { app } = testApp();
  app.get("/plain", (c) => c.text("done"));
  app.get("/events", () => new Response(": ok\n", { headers: { "content-type": "text/event-stream" } }));
  app.get("/throws", () => {
    throw new Error("on purpose");
  });
  const set: number[] = [];
  await app.request(path, {}, { timeout: (_: Request, seconds: number) => void set.push(seconds) });
  return set;
}

describe("a route that somebody adds", () => {
  test("may think for longer than Bun holds a quiet connection", async () => {
    expect(await limits("/plain")).toEqual([255, 10]);
    expect(await limits("/throws")).toEqual([255, 10]);
  });

  test("may stream events that come rarely", async () => {
    expect(await limits("/events")).toEqual([255]);
  });

  test("has nothing to do with the server's own, which answer at once", async () => {
    expect(await limits("/livez")).toEqual([]);
  });
});
