/** The chat page at `/`: the element with this server's options. It never shows more than the element does to anybody without the token. */
import type { ChatKitOptions, OpenAIChatKit } from "@openai/chatkit";
import "../element/chatkit.ts";
import { addPanel } from "./add-panel.ts";
import { fillPage } from "./page-styles.ts";

type Shown = Omit<ChatKitOptions, "api">;

const TOKEN = "chatkit.token";
const here = new URL(".", location.href);
const chat = document.createElement("openai-chatkit") as OpenAIChatKit;
const token = takeToken();
const api = { url: new URL("chatkit", here).href, domainKey: "local" };
const threadId = new URLSearchParams(location.hash.slice(1)).get("thread");

fillPage();
const main = document.querySelector("main")!;
main.replaceChildren(chat);
chat.addEventListener("chatkit.thread.change", ({ detail }) => history.replaceState(null, "", detail.threadId ? `#thread=${detail.threadId}` : location.pathname));
const own = await ownOptions();
const options: Shown = {
  theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  thread: { autoScroll: true },
  threadItemActions: { feedback: true, retry: true },
  ...(threadId !== null && { initialThread: threadId }),
  ...own,
};
if (token === undefined) chat.setOptions({ api, ...options });
else await addPanel({ chat, main, api, options, token, here });
// With a finger, the keyboard would cover half of the page before anybody has read it.
if (matchMedia("(hover: hover) and (pointer: fine)").matches) void chat.focusComposer();

/** The options that this server gives: the prompts of its agent, whether it takes files. */
async function ownOptions(): Promise<Shown> {
  const response = await fetch(new URL("chatkit-ui/options.json", here));
  return response.ok ? ((await response.json()) as Shown) : {};
}

/** Removes the token from the address, where it would be seen and stay in the history; it is kept for the session of this tab. */
function takeToken(): string | undefined {
  const asked = new URLSearchParams(location.search);
  const given = asked.get("token");
  if (given !== null) {
    sessionStorage.setItem(TOKEN, given);
    asked.delete("token");
    history.replaceState(null, "", `${location.pathname}${asked.size > 0 ? `?${asked}` : ""}${location.hash}`);
  }
  return sessionStorage.getItem(TOKEN) ?? undefined;
}
