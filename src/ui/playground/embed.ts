/**
 * The page for frames, `/embed`: the element alone, with what the address says. `theme` (light, dark), `locale`, `thread`, `greeting`,
 * `placeholder`, `header`, `history` (on, off).
 */
import type { ChatKitOptions, OpenAIChatKit, SupportedLocale } from "@openai/chatkit";
import "../element/chatkit.ts";
import { fillPage } from "./page-styles.ts";

const chat = document.createElement("openai-chatkit") as OpenAIChatKit;
chat.setOptions(optionsIn(new URLSearchParams(location.search)));
fillPage();
document.querySelector("main")!.replaceChildren(chat);

function optionsIn(asked: URLSearchParams): ChatKitOptions {
  const text = (name: string) => asked.get(name) ?? undefined;
  const isOn = (name: string) => ({ enabled: asked.get(name) !== "off" });
  const [locale, thread, greeting, placeholder] = ["locale", "thread", "greeting", "placeholder"].map(text);
  const wanted = text("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  return {
    api: { url: new URL("chatkit", location.href).href, domainKey: "local" },
    theme: wanted === "dark" ? "dark" : "light",
    header: isOn("header"),
    history: isOn("history"),
    thread: { autoScroll: true },
    threadItemActions: { feedback: true, retry: true },
    ...(locale !== undefined && { locale: locale as SupportedLocale }),
    ...(thread !== undefined && { initialThread: thread }),
    ...(greeting !== undefined && { startScreen: { greeting } }),
    ...(placeholder !== undefined && { composer: { placeholder } }),
  };
}
