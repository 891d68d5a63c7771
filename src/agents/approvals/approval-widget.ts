import { z } from "zod";
import type { WidgetRoot } from "../../protocol/widgets.ts";
import { clipped, oneLine } from "./one-line.ts";

/** The action type of both buttons. */
export const APPROVAL_ACTION = "chatkit.approval";

/** What a button sends: the id of the tool call, and the decision. */
export const approvalPayload = z.object({ call_id: z.string(), approve: z.boolean() });

export type ApprovalPayload = z.infer<typeof approvalPayload>;

export type ApprovalRequest = {
  callId: string;
  tool: string;
  /** As the model wrote them, which may not be valid JSON. */
  arguments: string;
};

/** How many characters of a name and of a value are shown on its line. Every name has a line. */
const MAX_NAME = 60;
const MAX_VALUE = 200;
const NONE = "No arguments.";

/** Asks whether a tool may be called: a line for each argument and, if any line is shortened, all of them in full below. */
export function approvalWidget(request: ApprovalRequest): WidgetRoot {
  return {
    type: "Card",
    children: [
      ...shown(request),
      {
        type: "Row",
        gap: 2,
        children: [button("Approve", "primary", request.callId, true), button("Reject", "secondary", request.callId, false)],
      },
    ],
  };
}

type Card = Extract<WidgetRoot, { type: "Card" }>;
type Children = Card["children"];

/** The same card without its buttons, once it can no longer be answered. */
export function answeredWidget(widget: WidgetRoot, answer: "Approved" | "Rejected" | "No longer open"): WidgetRoot {
  const children = (widget as Card).children.filter((child) => child.type !== "Row");
  return { ...(widget as Card), children: [...children, { type: "Caption", value: answer }] };
}

/** Whether the buttons of the widget are about that call. */
export function asksAbout(widget: WidgetRoot, callId: string): boolean {
  const rows = widget.type === "Card" ? widget.children.flatMap((child) => (child.type === "Row" ? (child.children ?? []) : [])) : [];
  return rows.some((child) => child.type === "Button" && Bun.deepEquals(child.onClickAction?.payload, { call_id: callId, approve: true }));
}

function shown({ tool, arguments: given }: ApprovalRequest): Children {
  const lines = linesOf(given);
  const short = lines.map(({ name, value }) => name + clipped(value, MAX_VALUE));
  return [
    { type: "Title", value: `Allow ${clipped(oneLine(tool), MAX_NAME)}?`, size: "sm" },
    // Text and not Markdown, since the model wrote it and must not be able to format it.
    ...short.map((value) => ({ type: "Text" as const, value, size: "sm" as const })),
    ...wholeOf(lines, short),
  ];
}

/** All arguments in full, in a field that scrolls: nobody should approve what cannot be seen. */
function wholeOf(lines: Line[], short: string[]): Children {
  const whole = lines.map(({ fullName, value }) => fullName + value);
  if (Bun.deepEquals(whole, short)) return [];
  return [
    { type: "Caption", value: "Some of this is shortened. At length:" },
    { type: "Textarea", name: "whole", defaultValue: whole.join("\n"), rows: 4, maxRows: 12, autoResize: true, disabled: true },
  ];
}

function button(label: string, style: "primary" | "secondary", callId: string, approve: boolean): Children[number] {
  return { type: "Button", label, style, onClickAction: { type: APPROVAL_ACTION, payload: { call_id: callId, approve } } };
}

/** One argument; the names end with the `: ` before the value. */
type Line = { name: string; fullName: string; value: string };

function linesOf(given: string): Line[] {
  const value = parsed(given);
  const alone = (text: string) => [{ name: "", fullName: "", value: oneLine(text) }];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return alone(given || NONE);
  const lines = Object.entries(value).map(([name, part]) => {
    const fullName = `${readableName(name)}: `;
    return { name: `${clipped(readableName(name), MAX_NAME)}: `, fullName, value: oneLine(readable(part)) };
  });
  return lines.length > 0 ? lines : alone(NONE);
}

/** The arguments as a value; undefined when they are not JSON, and are then shown as the model wrote them. */
function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** In quotes when it has characters that could make it look like more than a name. */
function readableName(name: string): string {
  return /^[\p{L}\p{N}_.$-]+$/u.test(name) ? name : oneLine(JSON.stringify(name));
}

/** A string as it is, unless it is empty or has white space at its ends; anything else as JSON. */
function readable(value: unknown): string {
  return typeof value === "string" && value !== "" && value.trim() === value ? value : JSON.stringify(value);
}
