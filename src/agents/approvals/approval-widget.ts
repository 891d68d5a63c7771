import { z } from "zod";
import type { WidgetRoot } from "../../protocol/widgets.ts";
import { clipped, oneLine } from "./one-line.ts";

/** The action of the two buttons. */
export const APPROVAL_ACTION = "chatkit.approval";

/** What a button sends: which call it is about, and what was decided. */
export const approvalPayload = z.object({ call_id: z.string(), approve: z.boolean() });

export type ApprovalPayload = z.infer<typeof approvalPayload>;

export type ApprovalRequest = {
  callId: string;
  tool: string;
  /** As the model wrote them: JSON, or whatever it took for it. */
  arguments: string;
};

/** What of a name and of a value is shown at once, in characters. All names are. */
const MAX_NAME = 60;
const MAX_VALUE = 200;
const NONE = "No arguments.";

/** Asks whether a tool may be called: one line for each argument, and all of them at length where a line is not. */
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

/** The same card once it can no longer be answered: without its buttons. */
export function answeredWidget(widget: WidgetRoot, answer: "Approved" | "Rejected" | "No longer open"): WidgetRoot {
  const children = (widget as Card).children.filter((child) => child.type !== "Row");
  return { ...(widget as Card), children: [...children, { type: "Caption", value: answer }] };
}

/** Whether its buttons ask about that call. */
export function asksAbout(widget: WidgetRoot, callId: string): boolean {
  const rows = widget.type === "Card" ? widget.children.flatMap((child) => (child.type === "Row" ? (child.children ?? []) : [])) : [];
  return rows.some((child) => child.type === "Button" && Bun.deepEquals(child.onClickAction?.payload, { call_id: callId, approve: true }));
}

function shown({ tool, arguments: given }: ApprovalRequest): Children {
  const lines = linesOf(given);
  const short = lines.map(({ name, value }) => name + clipped(value, MAX_VALUE));
  return [
    { type: "Title", value: `Allow ${clipped(oneLine(tool), MAX_NAME)}?`, size: "sm" },
    // Text, not Markdown: the model wrote it, and it must not be able to dress it up.
    ...short.map((value) => ({ type: "Text" as const, value, size: "sm" as const })),
    ...wholeOf(lines, short),
  ];
}

/** A field that scrolls. What cannot be seen at all must not be approved. */
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

/** One argument. A name ends with what sets it apart from its value. */
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

/** The model's arguments need not be JSON; the person should see what it wrote. */
function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** In quotes where it could pass for more than a name. */
function readableName(name: string): string {
  return /^[\p{L}\p{N}_.$-]+$/u.test(name) ? name : oneLine(JSON.stringify(name));
}

/** As it is where it can be seen as it is. */
function readable(value: unknown): string {
  return typeof value === "string" && value !== "" && value.trim() === value ? value : JSON.stringify(value);
}
