import type { Action } from "../../protocol/actions.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { WidgetItem } from "../../protocol/items.ts";
import { parseAction } from "../../server/parse-action.ts";
import { answeredWidget, APPROVAL_ACTION, approvalPayload } from "./approval-widget.ts";
import type { Decision } from "./pause-run.ts";

/**
 * What a click on an approval widget decides, for servers that write `respond` and `action` themselves; null for any other action.
 * `AgentServer` does all of this by itself.
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

/** The widget that asked, without its buttons and with what was decided. */
export function approvalAnswered(sender: WidgetItem, { approve }: Decision): ThreadStreamEvent {
  return { type: "thread.item.replaced", item: { ...sender, widget: answeredWidget(sender.widget, approve ? "Approved" : "Rejected") } };
}
