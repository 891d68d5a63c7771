import { expect, test } from "bun:test";
import { sendElsewhere, spreadAgain } from "../../../src/runtime/process/reuse-port.ts";
import { Seats } from "../../../src/runtime/supervisor/seats.ts";

const settings = { hostname: "127.0.0.1", reusePort: true, development: false };
const listener = (name: string, port: number) => Bun.serve({ ...settings, port, fetch: () => new Response(name) });

/** Who answers, each time over a connection of its own. */
async function answers(port: number): Promise<Set<string>> {
  const ask = async () => (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: "close" } })).text();
  return new Set(await Promise.all(Array.from({ length: 60 }, ask)));
}

test("of three that share a port one is left out, and takes part again", async () => {
  const first = listener("first", 0);
  const port = first.port!;
  const [second, third] = [listener("second", port), listener("third", port)];
  try {
    expect(await answers(port)).toEqual(new Set(["first", "second", "third"]));
    expect(await sendElsewhere(port, { index: 1, count: 3 })).toBe(true);
    expect(await answers(port)).toEqual(new Set(["first", "third"]));
    await second.stop(true);
    expect(await spreadAgain(port)).toBe(true);
    expect(await answers(port)).toEqual(new Set(["first", "third"]));
  } finally {
    await Promise.all([first.stop(true), second.stop(true), third.stop(true)]);
  }
});

test("one that is alone, or is not there, stays as it is", async () => {
  const alone = listener("alone", 0);
  expect(await sendElsewhere(alone.port!, { index: 0, count: 1 })).toBe(false);
  await alone.stop(true);
  expect(await sendElsewhere(alone.port!, { index: 0, count: 2 })).toBe(false);
});

test("seats are in the order of the kernel: the last one takes the place of one that leaves", () => {
  const seats = new Seats<string>();
  for (const name of ["a", "b", "c", "d"]) seats.taken(name);
  seats.left("b");
  seats.left("nobody");
  expect(["a", "b", "c", "d"].map((name) => seats.of(name)?.index)).toEqual([0, undefined, 2, 1]);
  seats.left("c");
  expect(seats.of("d")).toEqual({ index: 1, count: 2 });
});
