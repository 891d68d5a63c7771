import type { Emit } from "./thread/emit.ts";

/** A link `chatkit-link://name?key=value` is raised as an event for the page. @returns whether it was such a link */
export function deepLink(href: string, emit: Emit): boolean {
  const url = URL.parse(href);
  if (url?.protocol !== "chatkit-link:") return false;
  const name = decodeURIComponent((url.host + url.pathname).replace(/^\/+|\/+$/g, ""));
  emit("chatkit.deeplink", { name, data: Object.fromEntries(url.searchParams) });
  return true;
}
