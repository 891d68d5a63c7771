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

/** Parts of a message of the user that the SDK hands on, each with the field that holds its content. Any other part it drops without a word. */
const PARTS: Record<string, string> = { input_text: "text", input_image: "image", input_file: "file", audio: "audio" };
const HINTS: Record<string, string> = {
  image_url: 'write { type: "input_image", image: url }',
  input_image: "the URL, or the file as { id }, goes into image",
  input_file: "the URL, the data URL, or the file as { id } or { url }, goes into file",
  text: 'write { type: "input_text", text }',
};

/** @throws TypeError for a part that would not reach the model */
export function requireKnownParts(input: readonly AgentInputItem[]): void {
  for (const item of input) {
    if (!("role" in item) || item.role !== "user" || typeof item.content === "string") continue;
    for (const part of item.content as ({ type?: unknown } & Record<string, unknown>)[]) {
      const type = String(part?.type);
      const field = PARTS[type];
      if (field !== undefined && part[field] !== undefined && part[field] !== null) continue;
      const hint = HINTS[type] ?? `a part is one of ${Object.keys(PARTS).join(", ")}`;
      throw new TypeError(`A part of a message is of type "${type}"${field === undefined ? "" : ` without "${field}"`}, which no model would get: ${hint}.`);
    }
  }
}

export function textPart(text: string): UserInputPart {
  return { type: "input_text", text };
}
