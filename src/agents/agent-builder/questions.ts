import type { RunToolApprovalItem } from "@openai/agents";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { WidgetRoot } from "../../protocol/widgets.ts";
import { widgetItem } from "../../server/builders.ts";
import { approvalButtons, approvalWidget } from "../approvals/approval-widget.ts";
import { oneLine } from "../approvals/one-line.ts";
import { requestOf } from "../approvals/pause-run.ts";
import { isPageTool } from "./page-tool.ts";
import type { Asked } from "./journal.ts";
import type { Question } from "./turn.ts";

type MessageQuestion = Extract<Question, { kind: "message" }>;
type ToolQuestion = Exclude<Question, MessageQuestion>;

/** The most characters that a person can be asked to judge: a longer message can only be rejected. */
const MAX_MESSAGE = 20_000;

/** What an interrupted run waits for. */
export function questionOf(item: RunToolApprovalItem): Question {
  const asked = requestOf(item);
  return { kind: isPageTool(item.agent, asked.tool) ? "page" : "tool", ...asked };
}

/** The questions as the chat shows them. The page answers one call at a time, and the stream has to end with that call. */
export function askingEvents(questions: readonly Question[]): ThreadStreamEvent[] {
  const cards = questions.filter((one) => one.kind !== "page").map((one) => widgetItem(one.kind === "message" ? messageCard(one) : approvalWidget(one)));
  const page = questions.find((one): one is ToolQuestion => one.kind === "page");
  return page ? [...cards, pageCall(page)] : cards;
}

/** The questions that are asked now: all but further calls for the page. */
export function askedNow(questions: readonly Question[]): Asked[] {
  const page = questions.find((one) => one.kind === "page");
  return questions.filter((one) => one.kind !== "page" || one === page).map((one) => ({ callId: one.callId, tool: "tool" in one ? one.tool : "approvalRequest" }));
}

function pageCall({ callId, tool, arguments: given }: ToolQuestion): ThreadStreamEvent {
  const parsed: unknown = JSON.parse(given || "{}");
  const args = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  return { type: "thread.item.done", item: { type: "client_tool_call", status: "pending", call_id: callId, name: tool, arguments: args } };
}

/** The message as text, line by line: what a model has put into it must not pass for more than that. */
function messageCard({ callId, message }: MessageQuestion): WidgetRoot {
  const isTooLong = message.length > MAX_MESSAGE;
  const lines = message.slice(0, MAX_MESSAGE).split(/\r?\n/).map((line) => oneLine(line.trim())).filter((line) => line !== "");
  const shown = isTooLong ? [`This cannot be approved: its text has ${message.length} characters, more than ${MAX_MESSAGE}.`] : lines;
  return {
    type: "Card",
    children: [
      { type: "Title", value: "Your approval is needed", size: "sm" },
      ...shown.map((value) => ({ type: "Text" as const, value, size: "sm" as const })),
      approvalButtons(callId, !isTooLong),
    ],
  };
}
