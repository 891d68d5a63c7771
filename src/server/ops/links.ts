import type { ThreadItem } from "../../protocol/items.ts";
import type { Links } from "../../protocol/serialize.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";

/** What makes the URLs in these items ones that the user can open; undefined when nothing has to be made of them. */
export async function linksFor<C extends RequestContext>(server: Hooks<C>, items: ThreadItem[], context: C): Promise<Links | undefined> {
  return items.some(hasUrl) ? server.attachmentStore?.links?.(context) : undefined;
}

function hasUrl(item: ThreadItem): boolean {
  return item.type === "generated_image" || (item.type === "user_message" && item.attachments.length > 0);
}
