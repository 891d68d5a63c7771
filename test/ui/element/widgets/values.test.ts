import { describe, expect, test } from "bun:test";
import { payloadWith } from "../../../../src/ui/element/widgets/form-values.ts";
import { fits } from "../../../../src/ui/element/widgets/fields/pattern.ts";
import { placed } from "../../../../src/ui/element/widgets/fields/popover-place.ts";
import { blockProperties, boxProperties } from "../../../../src/ui/element/widgets/values/block.ts";
import { background, colour, SURFACES, TEXT_COLOURS } from "../../../../src/ui/element/widgets/values/colours.ts";
import { flex, length, ratio } from "../../../../src/ui/element/widgets/values/lengths.ts";

const given = (properties: Record<string, string | undefined>) => Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

describe("what a widget's props say as CSS", () => {
  test("numbers are px for sizes and units of 4 px for spaces; strings are CSS", () => {
    expect(given(boxProperties({ type: "Box", width: 120, size: 40, minWidth: "50%", padding: 3, margin: { x: 2, top: "1rem" }, gap: "0.5em" }))).toEqual({
      width: "120px",
      height: "40px",
      "min-width": "50%",
      padding: "12px",
      "margin-block-start": "1rem",
      "margin-inline-start": "8px",
      "margin-inline-end": "8px",
      gap: "0.5em",
    });
    expect(given(blockProperties({ type: "Image", maxSize: 80, aspectRatio: "16/9", radius: "2xl", flex: 1 }))).toEqual({ "max-height": "80px", "max-width": "80px", "aspect-ratio": "16/9", "border-radius": "16px", flex: "1 1 0%" });
  });

  test("flex names, borders on some edges, and wrapping", () => {
    expect(given(boxProperties({ type: "Box", align: "start", justify: "between", wrap: "wrap", border: { y: 1, left: { size: 2, color: "red-500", style: "dotted" } } }))).toEqual({
      "align-items": "flex-start",
      "justify-content": "space-between",
      "flex-wrap": "wrap",
      "border-block-start": "1px solid var(--line)",
      "border-block-end": "1px solid var(--line)",
      "border-inline-start": "2px dotted oklch(0.65 0.21 25)",
    });
  });

  test("colours are tokens, steps of palettes, CSS, or one for each theme", () => {
    expect(colour("secondary", TEXT_COLOURS)).toBe("var(--muted)");
    expect(colour("surface-elevated", SURFACES)).toBe("var(--raised)");
    expect(["#fff", "rebeccapurple", "rgb(1 2 3 / 50%)", "oklch(0.5 0.1 20)"].map((one) => colour(one, {}))).toEqual(["#fff", "rebeccapurple", "rgb(1 2 3 / 50%)", "oklch(0.5 0.1 20)"]);
    expect(colour({ light: "#fff", dark: "gray-900" }, {})).toBe("light-dark(#fff, oklch(0.34 0 260))");
    expect(background("linear-gradient(90deg, red, #00f 50%)")).toEqual({ "background-image": "linear-gradient(90deg, red, #00f 50%)" });
  });

  test("what could fetch, or end its property, is no value (CWE-79, CWE-200)", () => {
    const hostile = [
      "url(https://evil.example)",
      "u\\72l(https://evil.example)",
      "red; background: url(x)",
      "linear-gradient(red, url(x))",
      "linear-gradient(red,blue),url(https://evil.example)",
      "image-set('x' 1x)",
      "expression(alert(1))",
      "var(--secret)",
      "rgb(var(--x))",
      "}*{color:red",
      "constructor",
      "__proto__",
    ];
    for (const value of hostile) {
      expect(given(background(value)), value).toEqual(value === "constructor" ? { "background-color": "constructor" } : {});
      if (/[(\\;}]/.test(value)) expect([length(value), flex(value), ratio(value)], value).not.toContain(value);
    }
    expect([length(Number.NaN), length(Infinity), length(1e9), length("99999px"), length({}), ratio("0"), ratio(-1)]).toEqual([undefined, undefined, "4000px", "4000px", undefined, "0", undefined]);
  });
});

describe("what a form sends", () => {
  test("fields are in the payload by their names, and a dot goes into an object", () => {
    const fields = [
      { name: "title", value: "a" },
      { name: "todo.done", value: true },
      { name: "todo.at.day", value: "b" },
    ];
    expect(payloadWith({ id: 1, todo: { id: 2 } }, fields)).toEqual({ id: 1, title: "a", todo: { id: 2, done: true, at: { day: "b" } } });
    expect(payloadWith(undefined, fields.slice(0, 1))).toEqual({ title: "a" });
    expect(payloadWith("as it is", [])).toBe("as it is");
  });

  test("a key that is there stays, and the mistake is told", () => {
    const told: string[] = [];
    const fields = [
      { name: "id", value: "x" },
      { name: "a.b", value: "y" },
      { name: "a.c", value: "z" },
    ];
    expect(payloadWith({ id: 1, a: { b: 2 } }, fields, (name) => told.push(name))).toEqual({ id: 1, a: { b: 2, c: "z" } });
    expect(payloadWith("text", [{ name: "q", value: "" }], (name) => told.push(name))).toBe("text");
    expect(told).toEqual(["id", "a.b", "q"]);
  });

  test("no name reaches the prototype of an object (CWE-1321)", () => {
    const payload = payloadWith({}, [
      { name: "__proto__.polluted", value: "x" },
      { name: "constructor.prototype.polluted", value: "x" },
    ]) as Record<string, unknown>;
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(payload)).toEqual(["__proto__", "constructor"]);
  });
});

describe("patterns of fields", () => {
  test("are those of HTML, for the whole value", () => {
    expect([fits("AB-12", "[A-Z]{2}-\\d+"), fits("xAB-12", "[A-Z]{2}-\\d+"), fits("", "a"), fits("x", undefined)]).toEqual([true, false, true, true]);
    expect([fits("a@b.c", "[^@\\s]+@[^@\\s]+\\.[^@\\s]+"), fits("ab", "[^@\\s]+@[^@\\s]+\\.[^@\\s]+")]).toEqual([true, false]);
  });

  test("that are none, or could take forever, ask for nothing (CWE-1333)", () => {
    const started = performance.now();
    for (const pattern of ["(", "[", "(a+)+", "(a|a)*b", "((a))*", "a*a*a*a*a*a*b", "(a{1,9}){1,9}"]) expect(fits(`${"a".repeat(200)}!`, pattern), pattern).toBe(true);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test("what a control opens is beside it, and never out of the window", () => {
  const window = { width: 400, height: 600 };
  const size = { width: 280, height: 300 };
  expect(placed({ left: 20, top: 100, width: 120, height: 36 }, size, window, "bottom", "start")).toEqual({ left: 20, top: 142 });
  expect(placed({ left: 20, top: 500, width: 120, height: 36 }, size, window, "bottom", "start")).toEqual({ left: 20, top: 194 });
  expect(placed({ left: 300, top: 100, width: 80, height: 36 }, size, window, "bottom", "start").left).toBe(112);
  expect(placed({ left: 300, top: 100, width: 80, height: 36 }, size, window, "left", "center")).toEqual({ left: 14, top: 8 });
});
