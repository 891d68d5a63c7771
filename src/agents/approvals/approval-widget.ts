import { z } from "zod";
import type { WidgetRoot } from "../../protocol/widgets.ts";

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

/** Longer arguments are shown in part. */
const MAX_ARGUMENTS = 2000;

/** Asks whether a tool may be called. */
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
  return [
    { type: "Title", value: `Allow ${tool}?`, size: "sm" },
    // Text, not Markdown: the model wrote it, and it must not be able to dress it up.
    { type: "Text", value: readable(given), size: "sm" },
  ];
}

function button(label: string, style: "primary" | "secondary", callId: string, approve: boolean): Children[number] {
  return { type: "Button", label, style, onClickAction: { type: APPROVAL_ACTION, payload: { call_id: callId, approve } } };
}

/** One argument a line. */
function readable(given: string): string {
  const text = asLines(given);
  return text.length > MAX_ARGUMENTS ? `${text.slice(0, MAX_ARGUMENTS).toWellFormed()}…` : text;
}

function asLines(given: string): string {
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value !== "object" || value === null) return given;
    const lines = Object.entries(value).map(([name, part]) => `${name}: ${typeof part === "string" ? part : JSON.stringify(part)}`);
    return lines.join("\n") || "No arguments.";
  } catch {
    // The model's arguments need not be JSON; the person should see what it wrote.
    return given;
  }
}
