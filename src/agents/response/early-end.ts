import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { AssistantMessageContent } from "../../protocol/items.ts";
import type { Incomplete } from "../models/dialect.ts";
import { endOpenWorkflow } from "../workflow.ts";
import { closed } from "./messages.ts";
import { NOTHING, type Events, type OpenMessage, type ResponseState } from "./state.ts";

/** The reasons that models and servers give, over either API. */
const REASONS = new Map<unknown, Incomplete>([
  ["length", "max_output_tokens"],
  ["max_output_tokens", "max_output_tokens"],
  ["max_tokens", "max_output_tokens"],
  ["content_filter", "content_filter"],
]);
const NOTICES: Record<Incomplete, string> = {
  max_output_tokens: "This answer is incomplete: the model has reached its limit of tokens.",
  content_filter: "This answer is incomplete: the model's content filter has withheld the rest.",
};
const BROKE_OFF = "The answer broke off before it was complete.";

export function noteIncomplete(state: ResponseState, reason: unknown): void {
  state.incomplete = REASONS.get(reason) ?? state.incomplete;
}

/** A notice that the last response was cut off, if it was. */
export function incompleteEnd(state: ResponseState): Events {
  return state.incomplete ? [...endOpenWorkflow(state.context), notice(NOTICES[state.incomplete])] : NOTHING;
}

/** Ends open messages with what was streamed of them, when the answer ends before they do. */
export function endedEarly(state: ResponseState): Events {
  stopTasks(state);
  const open = [...state.messages.values(), ...state.plain.filter((plain) => !plain.closed).map(plainMessage)];
  state.messages.clear();
  state.plain = [];
  const told = open.map((message) => ({ message, content: contentOf(message) }));
  const kept = told.filter(({ content }) => content.some((part) => part.text.trim() !== ""));
  const why = notice(state.incomplete ? NOTICES[state.incomplete] : BROKE_OFF);
  return [
    ...endOpenWorkflow(state.context),
    ...kept.map(({ message, content }) => closed(state, message, content)),
    ...(kept.length > 0 ? [why] : NOTHING),
  ];
}

/** What still runs in the open workflow will not be completed: it must not look as if it were. */
function stopTasks({ context }: ResponseState): void {
  const open = context.workflowItem;
  if (!open) return;
  const tasks = open.workflow.tasks.map((task) => (task.status_indicator === "loading" ? { ...task, status_indicator: "none" as const } : task));
  context.workflowItem = { ...open, workflow: { ...open.workflow, tasks } };
}

function plainMessage({ message, text }: ResponseState["plain"][number]): OpenMessage {
  return { id: message.id, parts: [{ pieces: [text], annotations: [] }] };
}

/** The parts so far. A part that the server left out is an empty place in the array. */
function contentOf({ parts }: OpenMessage): AssistantMessageContent[] {
  return Array.from(parts, (part) => ({ type: "output_text", text: part?.pieces.join("") ?? "", annotations: part?.annotations ?? [] }));
}

function notice(message: string): ThreadStreamEvent {
  return { type: "notice", level: "warning", message };
}
