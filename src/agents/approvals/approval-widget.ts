import { z } from "zod";
import { isRecord, parsed } from "../../protocol/json/values.ts";
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
/** Of more arguments than this no person can judge, and their card would be megabytes large. */
const MAX_ARGUMENTS = 500;
const MAX_CHARS = 256 * 1024;
const NONE = "No arguments.";

/**
 * Asks whether a tool may be called: a line for each argument and, if any line is shortened, all of them in full below. A call that is
 * too large to be judged can only be rejected.
 */
export function approvalWidget(request: ApprovalRequest): WidgetRoot {
  const { callId } = request;
  const reason = tooLarge(request);
  return {
    type: "Card",
    children: [
      title(request),
      ...(reason === null ? shown(request) : [text(`This call cannot be approved: ${reason}.`)]),
      approvalButtons(callId, reason === null),
    ],
  };
}

/** The row of buttons of a card that asks; without the one that says yes when nobody can judge what it is about. */
export function approvalButtons(callId: string, canApprove: boolean): Children[number] {
  const reject = button("Reject", "secondary", callId, false);
  return { type: "Row", gap: 2, children: canApprove ? [button("Approve", "primary", callId, true), reject] : [reject] };
}

/** Why nobody can judge this call, and so nobody may approve it; null when it can be shown. */
export function tooLarge({ arguments: given }: ApprovalRequest): string | null {
  if (given.length > MAX_CHARS) return `its arguments have ${given.length} characters, more than ${MAX_CHARS}`;
  const value = parsed(given);
  const count = isRecord(value) ? Object.keys(value).length : 0;
  return count > MAX_ARGUMENTS ? `it has ${count} arguments, more than ${MAX_ARGUMENTS}` : null;
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
  return offered(widget, callId).length > 0;
}

/** What a decision comes to. A call that is too large has no button to approve it: an approval that a client has made up is refused. */
export function outcomeOf(widget: WidgetRoot, { callId, approve }: { callId: string; approve: boolean }): "Approved" | "Rejected" {
  const decisions = offered(widget, callId);
  return approve && (decisions.length === 0 || decisions.some((offer) => offer.approve)) ? "Approved" : "Rejected";
}

/** The decisions that the buttons offer about that call. */
function offered(widget: WidgetRoot, callId: string): ApprovalPayload[] {
  const rows = widget.type === "Card" ? widget.children.flatMap((child) => (child.type === "Row" ? (child.children ?? []) : [])) : [];
  const payloads = rows.map((child) => approvalPayload.safeParse(child.type === "Button" ? child.onClickAction?.payload : undefined).data);
  return payloads.filter((payload) => payload?.call_id === callId) as ApprovalPayload[];
}

function title({ tool }: ApprovalRequest): Children[number] {
  return { type: "Title", value: `Allow ${clipped(oneLine(tool), MAX_NAME)}?`, size: "sm" };
}

/** Text and not Markdown, since the model wrote it and must not be able to format it. */
function text(value: string): Children[number] {
  return { type: "Text", value, size: "sm" };
}

function shown({ arguments: given }: ApprovalRequest): Children {
  const lines = linesOf(given);
  const short = lines.map(({ name, value }) => name + clipped(value, MAX_VALUE));
  return [...short.map(text), ...wholeOf(lines, short)];
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
  const alone = (name: string, part: string) => [{ name, fullName: name, value: oneLine(part) }];
  if (given === "") return alone("", NONE);
  // A name with spaces would be in quotes: no argument can look like this.
  if (value === undefined) return alone("Not valid JSON: ", readable(given));
  if (!isRecord(value)) return alone("", JSON.stringify(value));
  const lines = Object.entries(value).map(([name, part]) => {
    const fullName = `${readableName(name)}: `;
    return { name: `${clipped(readableName(name), MAX_NAME)}: `, fullName, value: oneLine(readable(part)) };
  });
  return lines.length > 0 ? lines : alone("", NONE);
}

/** The name, in quotes if it has characters with which it could look like more than a name. */
function readableName(name: string): string {
  return /^[\p{L}\p{N}_.$-]+$/u.test(name) ? name : oneLine(JSON.stringify(name));
}

/** A string as it is, unless it is empty, has white space at an end or could be taken for another type; anything else as JSON. */
function readable(value: unknown): string {
  return typeof value === "string" && value !== "" && value.trim() === value && !looksTyped(value) ? value : JSON.stringify(value);
}

/** Whether a string looks like a number, an object, a list, a string in quotes, or a word that stands for a value. */
function looksTyped(string: string): boolean {
  return /^(?:["{[]|(?:true|false|null|undefined|nan)$)/i.test(string) || !Number.isNaN(Number(string));
}
