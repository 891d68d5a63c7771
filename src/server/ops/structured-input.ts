import { ChatKitError } from "../../errors.ts";
import type { StructuredInputItem, ThreadItem } from "../../protocol/items.ts";
import type { StructuredInput, StructuredInputAnswer, StructuredInputSubmission } from "../../protocol/structured-input.ts";

/**
 * The pending item with its answers. Answers to unknown questions are ignored; a question without an answer, or with an empty one, is
 * recorded as skipped; of a single choice the first value is kept. @throws ChatKitError when the item takes no answers (any more)
 */
export function answered(item: ThreadItem, submission: StructuredInputSubmission): StructuredInputItem {
  if (item.type !== "structured_input") throw new ChatKitError("invalid_request", { message: "That item takes no answers." });
  if (item.status !== "pending") throw new ChatKitError("conflict", { message: "These questions have been answered already." });
  const inputs = item.inputs.map((input) => ({ ...input, answer: answerTo(input, submission) }));
  return { ...item, status: submission.status, inputs };
}

/** Whether those are the answers that the item has. */
export function isAnsweredWith(item: ThreadItem, submission: StructuredInputSubmission): boolean {
  return item.type === "structured_input" && item.status !== "pending" && Bun.deepEquals(answered({ ...item, status: "pending" }, submission), item);
}

function answerTo(input: StructuredInput, submission: StructuredInputSubmission): StructuredInputAnswer {
  const given = Object.hasOwn(submission.answers, input.id) ? submission.answers[input.id] : undefined;
  if (submission.status === "skipped" || !given || given.skipped || given.values.length === 0) return { values: [], skipped: true };
  const single = input.type === "multiple_choice" && !input.multiple;
  return { values: single ? given.values.slice(0, 1) : given.values, skipped: false };
}
