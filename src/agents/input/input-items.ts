import type { AgentInputItem } from "@openai/agents";
import type { AttachmentStore } from "../../attachments/attachment-store.ts";
import type { RequestContext } from "../../server/context.ts";
import type { Store } from "../../store/store.ts";

/** What a conversion may use. The default `any` is for converters that serve any type of request context. */
export type ItemContext<C extends RequestContext = any> = {
  store: Store<C>;
  attachmentStore?: AttachmentStore<C>;
  requestContext: C;
  /** Whether there is room for that attachment in the request. @default there is for all */
  fits?: (attachmentId: string) => boolean;
};

type UserInput = Extract<AgentInputItem, { role: "user" }>;
/** A part of a user message, as the agents SDK takes it: text, image or file. */
export type UserInputPart = Exclude<UserInput["content"], string>[number];

export function userInput(...content: UserInputPart[]): UserInput {
  return { type: "message", role: "user", content };
}

export function textPart(text: string): UserInputPart {
  return { type: "input_text", text };
}
