import type { ChatKitOptions, OpenAIChatKit } from "@openai/chatkit";

type Shown = Omit<ChatKitOptions, "api">;
type Place = { chat: OpenAIChatKit; main: HTMLElement; api: { url: string; domainKey: string }; options: Shown; token: string; here: URL };

/** Adds the panel beside the chat, and a button in the chat's header that shows and hides it. The panel's code is loaded here. */
export async function addPanel({ chat, main, api, options: first, token, here }: Place): Promise<void> {
  const [{ DeveloperPanel }, { Recorder }, { Admin }] = await Promise.all([import("./panel/panel.ts"), import("./panel/recorder.ts"), import("./panel/admin.ts")]);
  const recorder = new Recorder();
  const panel = new DeveloperPanel();
  let options = first;
  let threadId = first.initialThread ?? undefined;
  const apply = () => {
    const { theme } = options;
    panel.dataset["scheme"] = (typeof theme === "string" ? theme : theme?.colorScheme) ?? "light";
    const rightAction = { icon: "sidebar-right" as const, onClick: () => void (panel.hidden = !panel.hidden) };
    chat.setOptions({ ...options, api: { ...api, fetch: recorder.fetch as typeof fetch }, header: { ...options.header, rightAction } });
  };
  panel.ports = {
    recorder,
    admin: new Admin(here, token),
    server: here.href.replace(/\/$/, ""),
    threadId: () => threadId,
    openThread: (id) => void chat.setThreadId(id || null),
    options: () => options,
    setOptions: (changed) => {
      options = changed;
      apply();
    },
  };
  chat.addEventListener("chatkit.thread.change", ({ detail }) => {
    threadId = detail.threadId ?? undefined;
    panel.refresh();
  });
  chat.addEventListener("chatkit.response.end", () => panel.refresh());
  apply();
  main.append(panel);
}
