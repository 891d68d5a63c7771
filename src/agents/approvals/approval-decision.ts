import type { Action } from "../../protocol/actions.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { ThreadItem, WidgetItem } from "../../protocol/items.ts";
import { parseAction } from "../../server/parse-action.ts";
import { answeredWidget, APPROVAL_ACTION, approvalPayload, outcomeOf } from "./approval-widget.ts";
import type { Decision } from "./pause-run.ts";

/**
 * The decision that a click on an approval widget makes; null for any other action. For servers with a `respond` and `action` of their
 * own: `AgentServer` does all of this itself.
 * @example
 * async *action(thread, action, sender, context) {
 *   const decision = approvalDecision(action);
 *   if (!decision || !sender) return yield* super.action(thread, action, sender, context);
 *   const chat = new AgentContext({ thread, store: this.store, requestContext: context });
 *   const result = await resumeRun(chat, agent, decision, { audit: this.audit });
 *   yield approvalAnswered(sender, decision);
 *   yield* streamAgentResponse(chat, result);
 * }
 */
export function approvalDecision(action: Action): Decision | null {
  if (action.type !== APPROVAL_ACTION) return null;
  const { call_id, approve } = parseAction(action, approvalPayload);
  return { callId: call_id, approve };
}

/** Replaces the widget that asked by one without buttons that shows the decision. */
export function approvalAnswered(sender: WidgetItem, decision: Decision): ThreadStreamEvent {
  return { type: "thread.item.replaced", item: { ...sender, widget: answeredWidget(sender.widget, outcomeOf(sender.widget, decision)) } };
}

export const ALREADY_DECIDED: ThreadStreamEvent = { type: "notice", level: "info", message: "This has been decided already." };

/** Whether the person has written something since the question, which is then no longer open. */
export function hasMovedOn(items: readonly ThreadItem[], sender: WidgetItem): boolean {
  const index = items.findIndex((item) => item.id === sender.id);
  return index < 0 || items.slice(index).some((item) => item.type === "user_message");
}
