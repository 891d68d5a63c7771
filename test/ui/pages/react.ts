import { ChatKit, useChatKit, type ChatKitOptions, type UseChatKitReturn } from "@openai/chatkit-react";
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";

type Logged = [name: string, detail: unknown];
/** What a test asks the page for. */
export type ReactPage = {
  log: Logged[];
  chat: UseChatKitReturn;
  setOptions: (options: Partial<ChatKitOptions>) => void;
};

const log: Logged[] = [];
const page = window as unknown as { test: ReactPage };
const { url, toolMs = 0, ...first } = JSON.parse(new URLSearchParams(location.search).get("options")!) as { url: string; toolMs?: number } & Partial<ChatKitOptions>;
const noted = (name: string) => (detail: unknown) => void log.push([name, detail instanceof Error ? detail.message : detail]);

const DEFAULTS: ChatKitOptions = {
  api: { url: `${url}/chatkit`, domainKey: "any", uploadStrategy: { type: "two_phase" } },
  threadItemActions: { feedback: true, retry: true },
  onClientTool: async (call) => {
    noted("tool")(call);
    await new Promise((resolve) => setTimeout(resolve, toolMs));
    return { title: document.title };
  },
  widgets: { onAction: async (action, item) => noted("widget action")([action, item.widget.type]) },
};

function Page() {
  const [options, setOptions] = useState(first);
  const chat = useChatKit({
    ...DEFAULTS,
    ...options,
    onReady: () => noted("ready")(undefined),
    onError: ({ error }) => noted("error")(error),
    onEffect: noted("effect"),
    onDeeplink: noted("deeplink"),
    onResponseStart: () => noted("response.start")(undefined),
    onResponseEnd: () => noted("response.end")(undefined),
    onHistoryOpen: () => noted("history.open")(undefined),
    onHistoryClose: () => noted("history.close")(undefined),
    onThreadChange: ({ threadId }) => noted("thread.change")(threadId),
    onThreadLoadStart: ({ threadId }) => noted("thread.load.start")(threadId),
    onThreadLoadEnd: ({ threadId }) => noted("thread.load.end")(threadId),
    onToolChange: ({ toolId }) => noted("tool.change")(toolId),
    onLog: noted("log"),
  });
  page.test = { log, chat, setOptions: (more) => setOptions({ ...options, ...more }) };
  return createElement(ChatKit, { control: chat.control, style: { height: "100vh", width: "100%" } });
}

createRoot(document.getElementById("root")!).render(createElement(Page));
