import type { AgentInputItem } from "@openai/agents";
import type { AttachmentStore } from "../../attachments/attachment-store.ts";
import type { RequestContext } from "../../server/context.ts";
import type { Store } from "../../store/store.ts";

/** What a conversion may draw on. The default is for converters shared by servers of any request context. */
export type ItemContext<C extends RequestContext = any> = {
  store: Store<C>;
  attachmentStore?: AttachmentStore<C>;
  requestContext: C;
};

export type UserInput = Extract<AgentInputItem, { role: "user" }>;
/** A part of a user message, as the agents SDK takes it: text, image or file. */
export type UserInputPart = Exclude<UserInput["content"], string>[number];

export function userInput(...content: UserInputPart[]): UserInput {
  return { type: "message", role: "user", content };
}

export function textPart(text: string): UserInputPart {
  return { type: "input_text", text };
}

/**
 * The newest `count` items, with no output whose call was cut off: models refuse those.
 * A call that is kept keeps its output, since outputs follow their calls.
 */
export function newestInput(items: AgentInputItem[], count: number): AgentInputItem[] {
  const kept = count > 0 ? items.slice(-count) : [];
  const calls = new Set(kept.flatMap((item) => (isOutput(item) ? [] : (callIdOf(item) ?? []))));
  return kept.filter((item) => !isOutput(item) || calls.has(callIdOf(item) ?? ""));
}

function isOutput(item: AgentInputItem): boolean {
  return item.type !== undefined && /_(result|output)$/.test(item.type) && callIdOf(item) !== undefined;
}

function callIdOf(item: AgentInputItem): string | undefined {
  return "callId" in item && typeof item.callId === "string" ? item.callId : undefined;
}
