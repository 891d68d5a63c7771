import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatKitError } from "../../src/errors.ts";
import { WidgetTemplate } from "../../src/widgets/widget-template.ts";

const greeting = { type: "Card", children: [{ type: "Text", value: "hello" }] };
const template = (source: string) => new WidgetTemplate({ version: "1.0", name: "Test", template: source });
/** What an expression is worth inside a widget. */
const valueOf = (expression: string, data: object = {}) =>
  (template(`{"type":"Card","value":{{ (${expression}) | tojson }}}`).build(data) as unknown as { value: unknown }).value;
const reason = (build: () => unknown) => {
  try {
    build();
  } catch (error) {
    return `${((error as Error).cause as Error).cause}`;
  }
  return "nothing was thrown";
};

test("a relative path starts beside the module that asks", () => {
  const widget = WidgetTemplate.fromFile("templates/greeting.widget");
  expect(widget.name).toBe("Greeting");
  expect(widget.build({ greeting: "hello" }) as unknown).toEqual(greeting);
});

test("a file URL is taken as it is, as an object and as text", () => {
  const url = new URL("templates/greeting.widget", import.meta.url);
  for (const path of [url, url.href]) expect(WidgetTemplate.fromFile(path).name).toBe("Greeting");
});

test("what does not lie beside the caller is looked for in the directory", async () => {
  const [before, folder] = [WidgetTemplate.directory, await mkdtemp(join(tmpdir(), "widgets-"))];
  try {
    await Bun.write(join(folder, "other.widget"), JSON.stringify({ version: "1.0", name: "Other", template: "{}" }));
    WidgetTemplate.directory = folder;
    expect(WidgetTemplate.fromFile("other.widget").name).toBe("Other");
  } finally {
    WidgetTemplate.directory = before;
    await rm(folder, { recursive: true });
  }
});

test("an imported .widget file needs no path at all", async () => {
  const path = "./templates/greeting.widget";
  const { default: widget } = await import(path, { with: { type: "json" } });
  expect(new WidgetTemplate(widget).build({ greeting: "hello" }) as unknown).toEqual(greeting);
});

test("a file that is missing, no JSON, of another version or of wrong syntax is named in the refusal", () => {
  const refused = (load: () => unknown) => {
    try {
      load();
    } catch (error) {
      return error instanceof ChatKitError && error.code === "config_invalid" ? error.message : `unexpected ${error}`;
    }
    return "nothing was thrown";
  };
  expect(refused(() => WidgetTemplate.fromFile("missing.widget"))).toMatch(/missing\.widget cannot be read/);
  expect(refused(() => WidgetTemplate.fromFile("widget-template.test.ts"))).toMatch(/widget-template\.test\.ts is not JSON/);
  expect(refused(() => new WidgetTemplate({ version: "2.0", name: "x", template: "{}" }))).toMatch(/version/);
  expect(refused(() => template("{% if %}"))).toMatch(/Test is not valid Jinja/);
});

test("undefined is strict: a name, an attribute, an element and a condition without an else", () => {
  expect(reason(() => valueOf("x"))).toContain("x is undefined");
  expect(reason(() => valueOf("user.name", { user: {} }))).toContain("user.name is undefined");
  expect(reason(() => valueOf("list[3]", { list: [1] }))).toContain("list[…] is undefined");
  expect(reason(() => valueOf("list | first", { list: [] }))).toContain("is undefined");
  expect(reason(() => valueOf("'a' if yes", { yes: false }))).toContain("is undefined");
  expect(reason(() => template(`{"type":"Card"{% if x %}{% endif %}}`).build())).toContain("x is undefined");
});

test("undefined may be asked about and given a default", () => {
  expect(valueOf("x is defined")).toBe(false);
  expect(valueOf("user.name is undefined", { user: {} })).toBe(true);
  expect(valueOf("x | default('y')")).toBe("y");
  expect(valueOf("x | d('y', true)", { x: "" })).toBe("y");
  expect(valueOf("x | default")).toBe("");
});

test("expressions mean what they mean in Python's Jinja", () => {
  // Each of these was computed by Jinja 3.1.
  const cases: [string, unknown, object?][] = [
    ["-5 % 3", 1],
    ["5 // 2", 2],
    ["list == []", true, { list: [] }],
    ["1 == true", true],
    ["2.5 | round", 2],
    ["3.14159 | round(2)", 3.14],
    ["4.2 | round(0, 'ceil')", 5],
    ["text | length", 2, { text: "é😀" }],
    ["text | truncate(9)", "a...", { text: "a text that is too long" }],
    ["text | truncate(3)", "abcdefg", { text: "abcdefg" }],
    ["[1, 2, 3] | batch(2) | list", [[1, 2], [3]]],
    ["[1, 2, 3] | sum", 6],
    ["[3, 1] | max", 3],
    ["'<a>' | e", "&lt;a&gt;"],
    ["u['items']", [1], { u: { items: [1] } }],
    ["range(3) | list", [0, 1, 2]],
    ["range", 5, { range: 5 }],
    ["list | map(attribute='n') | join(', ')", "a, b", { list: [{ n: "a" }, { n: "b" }] }],
  ];
  for (const [expression, expected, data] of cases) expect([expression, valueOf(expression, data)]).toEqual([expression, expected]);
});

test("white space around blocks stays, unless a minus takes it", () => {
  const source = `{"type":"Card","value":"a {% if yes %} b {% endif %} c {%- if yes -%} d {%- endif %}"}`;
  expect(template(source).build({ yes: true }) as unknown).toEqual({ type: "Card", value: "a  b  cd" } as never);
});

test("a date is its ISO string, and a prototype's members are not data", () => {
  expect(valueOf("at", { at: new Date(0) })).toBe("1970-01-01T00:00:00.000Z");
  expect(reason(() => valueOf("user.constructor", { user: {} }))).toContain("user.constructor is undefined");
});

test("an outcome that is no widget is refused, and the public text does not quote it", () => {
  for (const source of ['{"type":"Card",', '{"type":"Button"}', '{"type":"Card","children":[null]}', '["Card"]']) {
    expect(() => template(source).build()).toThrow(expect.objectContaining({ code: "internal", message: "Something went wrong." }));
  }
});

test("one template builds many widgets", () => {
  const row = `{"type":"ListViewItem","key":"{{ i }}"}{% if not loop.last %},{% endif %}`;
  const counter = template(`{"type":"ListView","children":[{% for i in range(n) %}${row}{% endfor %}]}`);
  expect([0, 1, 3].map((n) => (counter.build({ n }) as { children: unknown[] }).children.length)).toEqual([0, 1, 3]);
});

test("a range without a reasonable end is refused", () => {
  expect(reason(() => valueOf("range(n) | length", { n: 1e9 }))).toContain("range()");
  expect(reason(() => valueOf("range(1, 5, 0) | length"))).toContain("range()");
});
