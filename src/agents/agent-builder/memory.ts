import type { AgentInputItem } from "@openai/agents";
import type { ThreadItem, UserMessageItem } from "../../protocol/items.ts";
import { hiddenContext } from "../../server/builders.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { ItemContext, UserInputPart } from "../input/input-items.ts";
import type { ThreadItemConverter } from "../input/thread-item-converter.ts";

/** What later turns may read of a message that a guardrail has judged: its masked text, or nothing. */
type Judged = { type: "judged_message"; item_id: string; text: string | null };

export function judgedMessage(itemId: string, text: string | null): ThreadStreamEvent {
  return hiddenContext({ type: "judged_message", item_id: itemId, text } satisfies Judged);
}

/** The items before the message that is being answered, and that message. */
export function splitTurn(items: readonly ThreadItem[]): { before: ThreadItem[]; message: UserMessageItem | undefined } {
  const at = items.findLastIndex((item) => item.type === "user_message");
  return at < 0 ? { before: [], message: undefined } : { before: items.slice(0, at), message: items[at] as UserMessageItem };
}

/** Earlier turns as model input: what guardrails have masked stays masked; a turn that they have blocked is left out, with what its tools gave. */
export function earlierTurns(items: ThreadItem[], converter: ThreadItemConverter, context: ItemContext): Promise<AgentInputItem[]> {
  const judged = new Map(items.flatMap((item) => (isJudged(item) ? [[item.content.item_id, item.content.text] as const] : [])));
  let isBlocked = false;
  const readable = items.flatMap((item): ThreadItem[] => {
    const text = item.type === "user_message" ? judged.get(item.id) : undefined;
    if (item.type === "user_message") isBlocked = text === null;
    if (isBlocked || isJudged(item) || text === null) return [];
    return text === undefined ? [item] : [{ ...(item as UserMessageItem), content: [{ type: "input_text", text }] }];
  });
  return converter.toAgentInput(readable, context);
}

function isJudged(item: ThreadItem): item is ThreadItem & { content: Judged } {
  return item.type === "hidden_context_item" && (item.content as Partial<Judged> | null)?.type === "judged_message";
}

/** The text of a message as the workflow gets it, and what was sent beside it. */
export async function messageInput(
  message: UserMessageItem,
  converter: ThreadItemConverter,
  context: ItemContext,
): Promise<{ text: string; attached: UserInputPart[] }> {
  const input = await converter.toAgentInput(message, context);
  const parts = input.flatMap((item) => ("role" in item && item.role === "user" && Array.isArray(item.content) ? (item.content as UserInputPart[]) : []));
  const [first, ...rest] = parts;
  return first?.type === "input_text" ? { text: first.text, attached: rest } : { text: "", attached: parts };
}
