import { z } from "zod";
import { maybe, record } from "./maybe.ts";
import { threadItem } from "./items.ts";
import { timestamp } from "./timestamp.ts";

const threadStatus = z.discriminatedUnion("type", [
  z.object({ type: z.literal("active") }),
  z.object({ type: z.literal("locked"), reason: maybe(z.string()) }),
  z.object({ type: z.literal("closed"), reason: maybe(z.string()) }),
]);

const fields = {
  id: z.string(),
  title: maybe(z.string()),
  created_at: timestamp,
  status: threadStatus.default({ type: "active" }),
  allowed_image_domains: maybe(z.array(z.string())),
};

/** A thread without its items, as it is stored. `metadata` never leaves the server. */
export const threadMetadata = z.object({ ...fields, metadata: record.default({}) });
const itemsPage = z.object({ data: z.array(threadItem), has_more: z.boolean(), after: maybe(z.string()) });
/** A thread as the client sees it: `metadata` is always empty. */
export const thread = z.object({ ...fields, metadata: z.object({}), items: itemsPage });

export type ThreadStatus = z.infer<typeof threadStatus>;
export type ThreadMetadata = z.infer<typeof threadMetadata>;
export type Thread = z.infer<typeof thread>;

/** One page of a list. `after` is the id of its last row, set only when there are more. */
export type Page<T> = { data: T[]; has_more: boolean; after?: string | undefined };
