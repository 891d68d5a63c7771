import { z } from "zod";
import { iconName } from "./icons.ts";
import { threadItem, type ThreadItemDraft } from "./items.ts";
import { maybe, record } from "./maybe.ts";
import { thread } from "./thread.ts";
import { threadItemUpdate } from "./updates.ts";

const streamOptions = z.object({ allow_cancel: z.boolean() });

export const streamEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("thread.created"), thread }),
  z.object({ type: z.literal("thread.updated"), thread }),
  z.object({ type: z.literal("thread.item.added"), item: threadItem }),
  z.object({ type: z.literal("thread.item.updated"), item_id: z.string(), update: threadItemUpdate }),
  z.object({ type: z.literal("thread.item.done"), item: threadItem }),
  z.object({ type: z.literal("thread.item.removed"), item_id: z.string() }),
  z.object({ type: z.literal("thread.item.replaced"), item: threadItem }),
  z.object({ type: z.literal("stream_options"), stream_options: streamOptions }),
  z.object({ type: z.literal("progress_update"), icon: maybe(iconName), text: z.string() }),
  z.object({ type: z.literal("client_effect"), name: z.string(), data: record.default({}) }),
  z.object({
    type: z.literal("error"),
    code: z.string().default("custom"),
    message: maybe(z.string()),
    allow_retry: z.boolean().default(false),
  }),
  z.object({
    type: z.literal("notice"),
    level: z.enum(["info", "warning", "danger"]),
    /** Markdown. */
    message: z.string(),
    title: maybe(z.string()),
  }),
]);

export type StreamOptions = z.infer<typeof streamOptions>;
/** An event as it is sent, with all fields filled in. */
export type SentEvent = z.infer<typeof streamEvent>;

type Yieldable<E> = E extends { type: "thread.item.added" | "thread.item.done" | "thread.item.replaced" }
  ? { type: E["type"]; item: ThreadItemDraft }
  : E;
/** An event as a hook may yield it: its item may lack `id`, `thread_id`, `created_at` and every field that has a default. */
export type ThreadStreamEvent = Yieldable<z.input<typeof streamEvent>>;
