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
    expect(lines("rm -rf")).toEqual(["rm -rf"]);
  });

  test("leaves alone what scripts and emoji are written with", () => {
    for (const text of ["می‌خواهم", "क्‍ष", "👨‍👩‍👧", "👩🏽‍🚀", "Ünïcödé é", "a  b", "C:\\new", "日本 語"]) expect(lines({ text })).toEqual([`text: ${text}`]);
  });

  test("shows all of the arguments at length once one of them is shortened, in a field that cannot be written", () => {
    const given = { body: "x".repeat(5000), amount: 5 };
    expect(lines(given)).toEqual([`body: ${"x".repeat(200)}… (4800 more characters)`, "amount: 5"]);
    expect(whole(given)).toMatchObject({ defaultValue: `body: ${"x".repeat(5000)}\namount: 5`, disabled: true });
    expect(whole("y".repeat(300))?.defaultValue).toBe("y".repeat(300));
  });

  test("keeps what it showed when it is answered, without its buttons", () => {
    const widget = approvalWidget({ callId: "call_1", tool: "pay", arguments: JSON.stringify({ body: "x".repeat(500), amount: 5 }) });
    expect(asksAbout(widget, "call_1")).toBe(true);
    const answered = answeredWidget(widget, "Approved");
    expect(asksAbout(answered, "call_1")).toBe(false);
    expect((answered as { children: Child[] }).children.map(({ type }) => type)).toEqual(["Title", "Text", "Text", "Caption", "Textarea", "Caption"]);
  });
});
