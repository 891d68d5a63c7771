/**
 * Conversations as lines of JSON, out of a store and into one. What a line says is never changed on its way, and no line is left out
 * because it is not understood.
 */
import { z } from "zod";
import { attachment } from "../../protocol/attachments.ts";
import { threadItem } from "../../protocol/items.ts";
import { threadMetadata } from "../../protocol/thread.ts";
import type { Store, UserScope } from "../../store/store.ts";
import type { Movable, Retention } from "../../store/upkeep.ts";

/** What conversations are moved out of and into. */
export type MovingStore = Movable &
  Pick<Retention, "attachmentsAfter"> &
  Pick<Store<UserScope>, "loadFeedback" | "saveFeedback" | "saveRunState" | "saveAttachment" | "loadThread" | "loadThreads">;

/** The first line: what follows, and in which form. */
export const HEAD = { type: "chatkit-export", format: 1 } as const;

const user = z.string().min(1).max(512);

/** One line. The fields of threads, items and attachments are the protocol's. */
export const line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("chatkit-export"), format: z.literal(1) }),
  z.object({ type: z.literal("attachment"), user, attachment }),
  z.object({ type: z.literal("thread"), user, updated_at: z.iso.datetime(), thread: threadMetadata }),
  z.object({ type: z.literal("item"), user, thread_id: z.string(), item: threadItem }),
  z.object({ type: z.literal("feedback"), user, thread_id: z.string(), item_id: z.string(), kind: z.enum(["positive", "negative"]) }),
  z.object({ type: z.literal("run_state"), user, thread_id: z.string(), state: z.string() }),
]);

export type Line = z.infer<typeof line>;
