import { describe, expect, test } from "bun:test";
import { approvalWidget, answeredWidget, asksAbout } from "../../../src/agents/approvals/approval-widget.ts";
import { widgetRoot } from "../../../src/protocol/widgets.ts";

type Child = { type: string; value?: string; defaultValue?: string; disabled?: boolean };

function children(given: string | object, tool = "pay"): Child[] {
  const text = typeof given === "string" ? given : JSON.stringify(given);
  const widget = widgetRoot.parse(approvalWidget({ callId: "call_1", tool, arguments: text }));
  return (widget as { children: Child[] }).children;
}

const lines = (given: string | object) => children(given).flatMap((child) => (child.type === "Text" ? [child.value!] : []));
const whole = (given: string | object) => children(given).find((child) => child.type === "Textarea");

describe("the card that asks for approval", () => {
  test("has a line for each argument, as it is where it can be read so", () => {
    const given = { to: "bob@example.com", euros: 30, urgent: false, items: [1, { a: null }], note: "", by: " x", "odd name": "y" };
    expect(lines(given)).toEqual([
      "to: bob@example.com",
      "euros: 30",
      "urgent: false",
      'items: [1,{"a":null}]',
      'note: ""',
      'by: " x"',
      '"odd name": y',
    ]);
    expect(whole(given)).toBeUndefined();
    for (const none of ["{}", ""]) expect(lines(none)).toEqual(["No arguments."]);
    expect(lines("[1]")).toEqual(["[1]"]);
    expect(lines("rm -rf")).toEqual(["Not valid JSON: rm -rf"]);
  });

  test("tells a string from a value of another type that would look the same", () => {
    for (const text of ["1", "-1.5e3", "0x10", "01", "Infinity", "null", "True", "undefined", '{"x":1}', "[1]", '"a"'])
      expect(lines({ text })).toEqual([`text: ${JSON.stringify(text)}`]);
    expect(lines({ a: 1, b: null, c: { x: 1 }, d: "1 euro", e: "nullable" })).toEqual(["a: 1", "b: null", 'c: {"x":1}', "d: 1 euro", "e: nullable"]);
  });

  test("shows what is not an object of arguments so that it cannot pass for an empty call", () => {
    expect(lines("No arguments.")).toEqual(["Not valid JSON: No arguments."]);
    expect(lines("  ")).toEqual(['Not valid JSON: "  "']);
    expect(lines('"No arguments."')).toEqual(['"No arguments."']);
    expect(lines({ "Not valid JSON": "x" })).toEqual(['"Not valid JSON": x']);
  });

  test("can only be rejected when it has more than a person can judge", () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
    const buttons = (given: object) => JSON.stringify(children(given)).match(/"label":"\w+"/g);
    expect(lines(many(500))).toHaveLength(500);
    expect(buttons(many(500))).toEqual(['"label":"Approve"', '"label":"Reject"']);
    for (const given of [many(501), many(100_000), { body: "x".repeat(300_000) }]) {
      expect(lines(given)).toEqual([expect.stringMatching(/^This call cannot be approved: .* more than \d+\.$/)]);
      expect(buttons(given)).toEqual(['"label":"Reject"']);
      expect(asksAbout(approvalWidget({ callId: "call_1", tool: "pay", arguments: JSON.stringify(given) }), "call_1")).toBe(true);
    }
  });

  test("leaves alone what scripts and emoji are written with", () => {
    for (const text of ["می‌خواهم", "क्‍ष", "👨‍👩‍👧", "👩🏽‍🚀", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "葛\u{e0100}", "Ünïcödé é", "a  b", "C:\\new", "日本 語"]) expect(lines({ text })).toEqual([`text: ${text}`]);
  });

  test("shows all of the arguments at length once one of them is shortened, in a field that cannot be written", () => {
    const given = { body: "x".repeat(5000), amount: 5 };
    expect(lines(given)).toEqual([`body: ${"x".repeat(200)}… (4800 more characters)`, "amount: 5"]);
    expect(whole(given)).toMatchObject({ defaultValue: `body: ${"x".repeat(5000)}\namount: 5`, disabled: true });
    expect(whole("y".repeat(300))?.defaultValue).toBe(`Not valid JSON: ${"y".repeat(300)}`);
  });

  test("keeps what it showed when it is answered, without its buttons", () => {
    const widget = approvalWidget({ callId: "call_1", tool: "pay", arguments: JSON.stringify({ body: "x".repeat(500), amount: 5 }) });
    expect(asksAbout(widget, "call_1")).toBe(true);
    const answered = answeredWidget(widget, "Approved");
    expect(asksAbout(answered, "call_1")).toBe(false);
    expect((answered as { children: Child[] }).children.map(({ type }) => type)).toEqual(["Title", "Text", "Text", "Caption", "Textarea", "Caption"]);
  });
});
