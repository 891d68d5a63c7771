import type { Attachment, ChatKitOptions } from "@openai/chatkit";
import type { UserMessageInput } from "../../../protocol/input.ts";
import type { Connection } from "../client/connection.ts";
import type { Say } from "../locale/texts.ts";
import type { Emit } from "../thread/emit.ts";
import type { Drafts } from "./drafts.ts";

/** What the composer needs of the element around it. */
export type ComposerPorts = {
  options: () => ChatKitOptions;
  connection: () => Connection;
  drafts: () => Drafts;
  say: () => Say;
  emit: Emit;
  changed: () => void;
  submit: (input: UserMessageInput, attachments: readonly Attachment[]) => void;
  newThread: () => void;
  /** The text field, once it is there. */
  field: () => HTMLTextAreaElement | null;
};
