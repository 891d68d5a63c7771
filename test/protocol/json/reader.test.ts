import { heapSize } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { ChatKitError } from "../../../src/errors.ts";
import type { Outline } from "../../../src/protocol/json/outline.ts";
import { JsonReader } from "../../../src/protocol/json/reader.ts";
import { Random } from "../../support/random.ts";

function read(text: string, outline: Outline = "free"): JsonReader {
  const reader = new JsonReader(Buffer.from(text), outline);
  expect(reader.read()).toBe(true);
  return reader;
}

describe("reading JSON in steps", () => {
  test("takes, refuses and makes of forty thousand texts exactly what JSON.parse does, wherever it stops in between", () => {
    const random = new Random(11);
    const next = () => random.next();
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
    const strings = ['""', '"a"', '"\\n"', '"\\u0041"', '"\\ud83d\\ude00"', '"é"', '"\\""', '"\\\\"', '"\\/"', '"constructor"', '"\u2028"'];
    const numbers = ["0", "-0", "-1", "1.5", "1e5", "1E+5", "123456789", "1234567890", "12345678901234567890", "-0.0", "1e999", "5e-324", "10"];
    const blank = () => (next() < 0.8 ? "" : pick([" ", "\n", "\t", "\r"]));
    const value = (depth: number): string => {
      if (depth > 5 || next() < 0.5) return pick([pick(strings), pick(numbers), "true", "false", "null"]);
      const isList = next() < 0.5;
      const entries = Array.from({ length: Math.floor(next() * 4) }, () => `${blank()}${isList ? "" : `${pick(strings)}${blank()}:${blank()}`}${value(depth + 1)}${blank()}`);
      return isList ? `[${entries.join(",") || blank()}]` : `{${entries.join(",") || blank()}}`;
    };
    const mangled = (text: string) => {
      const at = Math.floor(next() * (text.length + 1));
      return text.slice(0, at) + pick(["", '"', ",", ":", "[", "]", "{", "}", "0", "-", ".", "e", "\\", "\u0000", "\u000b", "\ufeff", "\u00a0", "n"]) + text.slice(at + Number(next() < 0.5));
    };
    let refused = 0;
    for (let i = 0; i < 40_000; i++) {
      const text = i % 2 ? value(0) : mangled(value(0));
      const expected = attempt(() => JSON.parse(text) as unknown);
      const reader = new JsonReader(Buffer.from(text), "free");
      const got = attempt(() => {
        while (!reader.read(i % 3 ? Infinity : 0));
        return reader.value;
      });
      // What cut through a pair is text to JSON.parse.
      if (reader.problem) continue;
      if (expected instanceof SyntaxError) {
        refused++;
        expect(got, text).toMatchObject({ code: "invalid_json" });
      } else expect(JSON.stringify(got) ?? "", text).toBe(JSON.stringify(expected));
    }
    expect(refused).toBeGreaterThan(10_000);
  });

  test("stops when its time is over and goes on where it was", () => {
    const text = JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ i, text: "x\n" })));
    const reader = new JsonReader(Buffer.from(text), "free");
    let steps = 1;
    while (!reader.read(0)) steps++;
    expect(steps).toBeGreaterThan(20);
    expect(JSON.stringify(reader.value)).toBe(text);
  });

  test("makes the same texts and numbers of bytes wherever they lie and however long they are", () => {
    const random = new Random(12);
    const lengths = [0, 1, 9, 100, 5000, 16_383, 16_384, 16_385, 40_000];
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
    const some = () => pick(["x", "x", "x", "x", "é", "😀", "\n"]).repeat(pick(lengths));
    const value = Array.from({ length: 50 }, (_, i) => ({ [`${i}${some()}`]: [some(), random.next() * 10 ** Math.floor(random.next() * 40 - 20), some()] }));
    const text = JSON.stringify(value);
    expect(JSON.stringify(read(text).value) === text).toBe(true);
    expect(() => new JsonReader(Buffer.from('"\xff"', "latin1"), "free")).toThrow(ChatKitError);
  });

  test("a hundred thousand empty lists take no more memory for the long one that came before them", () => {
    for (let i = 0; i < 100; i++) read(`[${"1,".repeat(1000)}1]`);
    const sizes = [1, 2, 3].map(() => {
      Bun.gc(true);
      const before = heapSize();
      const { value } = read(`[${"[],".repeat(100_000)}[]]`);
      Bun.gc(true);
      return [(value as unknown[]).length, heapSize() - before] as const;
    });
    // 23 MiB where the engine remembers the long ones.
    expect(Math.min(...sizes.map(([, size]) => size))).toBeLessThan(16 * 1024 ** 2);
  });

  test("keeps nothing of what the outline does not name, and has read it all the same", () => {
    const outline: Outline = { fields: new Map<string, Outline>([["known", "value"], ["list", { each: { fields: new Map([["a", "value"]]) } }]]) };
    expect(read('{"x":[{"y":[1]}],"known":1,"list":[{"a":1,"b":2},7],"z":{"known":2}}', outline).value).toEqual({ known: 1, list: [{ a: 1 }, 7] });
    expect(() => read('{"x":[1,]}', outline)).toThrow(ChatKitError);
    expect(read('{"x":{"__proto__":1}}', outline).problem).toEqual(expect.objectContaining({ path: ["x"] }));
  });

  test("counts what is expected and not what is free", () => {
    const many = `[${"1,".repeat(100_000)}1]`;
    const outline: Outline = { fields: new Map<string, Outline>([["name", "value"], ["list", { each: "value" }], ["free", "free"]]) };
    expect(read(`{"name":${many}}`, outline).problem?.message).toContain("100000 values");
    expect(read(`{"list":${many}}`, outline).problem).toMatchObject({ path: ["list"], message: expect.stringContaining("1000 entries") as string });
    expect(read(`{"free":${many},"surplus":${many}}`, outline)).toMatchObject({ problem: undefined, value: { free: { length: 100_001 } } });
  });

  test("sixty-four levels are read, sixty-five are noted, and of two problems the one that lies higher is told", () => {
    const nested = (levels: number, inside = "") => "[".repeat(levels) + inside + "]".repeat(levels);
    expect(read(nested(64, "1")).problem).toBeUndefined();
    expect(read(nested(65)).value).toEqual(JSON.parse(nested(65)));
    expect(read(nested(65, "1")).problem?.message).toContain("64 levels");
    expect(read(`{"a":${nested(100_000)},"b":{"c":"\\ud800"}}`).problem).toEqual(expect.objectContaining({ path: ["b", "c"] }));
    expect(read(`[${nested(70, '{"a]":"}"}')},"\\ud800"]`).problem).toEqual(expect.objectContaining({ path: [1] }));
    expect(() => read("[".repeat(300_000))).toThrow(ChatKitError);
  });
});

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}
