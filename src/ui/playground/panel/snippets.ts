import type { ChatKitOptions } from "@openai/chatkit";

type Shown = Omit<ChatKitOptions, "api">;

/** The code that puts this chat into a page, in each way there is. `server` is the address that its script comes from. */
export function snippets(server: string, options: Shown): { label: string; code: string }[] {
  const all = { api: { url: `${server}/chatkit`, domainKey: "local" }, ...options };
  const json = JSON.stringify(all, null, 2);
  return [
    { label: "Script tag", code: scriptTag(server, json) },
    { label: "React", code: react(server, json) },
    { label: "Frame", code: `<iframe src="${server}/embed${frameQuery(options)}" title="Chat" allow="microphone; clipboard-write" width="400" height="640"></iframe>` },
  ];
}

function scriptTag(server: string, json: string): string {
  return `<script src="${server}/chatkit.js" async></script>
<openai-chatkit id="chat"></openai-chatkit>
<script type="module">
  await customElements.whenDefined("openai-chatkit");
  document.getElementById("chat").setOptions(${json.replaceAll("\n", "\n  ")});
</script>`;
}

function react(server: string, json: string): string {
  return `// In the page: <script src="${server}/chatkit.js" async></script>
import { ChatKit, useChatKit } from "@openai/chatkit-react";

export default function Chat() {
  const { control } = useChatKit(${json.replaceAll("\n", "\n  ")});
  return <ChatKit control={control} style={{ height: 640 }} />;
}`;
}

/** The query parameters of `/embed`. */
function frameQuery({ theme, locale, startScreen, composer, header, history }: Shown): string {
  const scheme = typeof theme === "string" ? theme : theme?.colorScheme;
  const asked = { theme: scheme, locale, greeting: startScreen?.greeting, placeholder: composer?.placeholder };
  const off = { header: header?.enabled === false ? "off" : undefined, history: history?.enabled === false ? "off" : undefined };
  const query = new URLSearchParams(Object.entries({ ...asked, ...off }).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return query.size > 0 ? `?${query}` : "";
}
