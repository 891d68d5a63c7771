import type { TaskInput } from "../../protocol/workflows.ts";

type RawItem = { type?: string; [field: string]: unknown };
type Action = { query?: unknown; queries?: unknown; sources?: unknown };

/** The task that shows the call of a tool which the model server runs; undefined for any other output item. */
export function hostedToolTask(item: RawItem): TaskInput | undefined {
  switch (item.type) {
    case "web_search_call":
      return webSearch((item["action"] ?? {}) as Action);
    case "file_search_call":
      return { type: "custom", title: "Search files", icon: "document", content: texts(item["queries"]).join("\n") || undefined };
    case "code_interpreter_call":
      return { type: "custom", title: "Run code", icon: "square-code" };
    case "mcp_call":
      return { type: "custom", title: `Use ${String(item["name"])}`, icon: "cube" };
    default:
      return undefined;
  }
}

function webSearch(action: Action): TaskInput {
  const queries = texts(action.queries);
  if (queries.length === 0 && typeof action.query === "string" && action.query !== "") queries.push(action.query);
  const sources = Array.isArray(action.sources) ? (action.sources as { url?: unknown }[]) : [];
  return {
    type: "web_search",
    title: "Search the web",
    queries,
    sources: sources.flatMap(({ url }) => (typeof url === "string" ? [{ type: "url" as const, url, title: url }] : [])),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string" && text !== "") : [];
}
