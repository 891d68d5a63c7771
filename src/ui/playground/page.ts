/** The chat page at `/`: the element with this server's options. It never shows more than the element does to anybody without the token. */
import type { OpenAIChatKit } from "@openai/chatkit";
import "../element/chatkit.ts";
import { fillPage } from "./page-styles.ts";

const chat = document.createElement("openai-chatkit") as OpenAIChatKit;
const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
chat.setOptions({
  api: { url: new URL("chatkit", location.href).href, domainKey: "local" },
  theme: scheme,
  thread: { autoScroll: true },
  threadItemActions: { feedback: true, retry: true },
});
fillPage();
document.body.append(chat);
