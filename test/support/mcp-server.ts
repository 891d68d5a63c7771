/**
 * A small MCP server: tools `echo` and `remove`, or those of MCP_TOOLS. By HTTP with `startMcpServer`, or by standard input and output when
 * this file is run; then MCP_SILENT leaves unknown methods without an answer, and MCP_STRICT ends at the first of them.
 */
type Message = { id?: number | string; method: string; params?: Record<string, any> }; // whatever the client sends

const INPUT = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };

export function mcpAnswer({ id, method, params = {} }: Message): object | undefined {
  if (id === undefined) return undefined;
  if (params["name"] === "refuses") return { jsonrpc: "2.0", id, error: { code: -32602, message: "planted words" } };
  const result = resultOf(method, params);
  return { jsonrpc: "2.0", id, ...(result ? { result } : { error: { code: -32601, message: `no ${method}` } }) };
}

function resultOf(method: string, params: Record<string, any>): object | undefined {
  switch (method) {
    case "initialize":
      return { protocolVersion: params["protocolVersion"], capabilities: { tools: {} }, serverInfo: { name: "test", version: "1" } };
    case "tools/list":
      return { tools: (process.env["MCP_TOOLS"] ?? "echo,remove").split(",").map(described) };
    case "tools/call": {
      if (params["name"].startsWith("crash")) process.exit(3);
      if (params["name"] === "fails") return { content: [{ type: "text", text: "no such order" }], isError: true };
      if (params["name"] === "structured") return { content: [], structuredContent: { degrees: 21 } };
      if (params["name"] === "pid") return { content: [{ type: "text", text: String(process.pid) }] };
      const text = `${params["name"]}: ${params["arguments"]?.["text"]} ${process.env["MCP_TOKEN"] ?? ""}`.trim();
      return { content: [{ type: "text", text }] };
    }
    default:
      return undefined;
  }
}

/** A tool whose name ends with `-read` says that it only reads. */
function described(name: string): object {
  return { name, description: name, inputSchema: INPUT, ...(name.endsWith("-read") && { annotations: { readOnlyHint: true } }) };
}

/** Streamable HTTP, answers as JSON. */
export function startMcpServer(): { url: string; headers: Headers[]; stop(): Promise<void> } {
  const headers: Headers[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      if (request.method !== "POST") return new Response(null, { status: 405 });
      headers.push(request.headers);
      const answer = mcpAnswer((await request.json()) as Message);
      return answer ? Response.json(answer) : new Response(null, { status: 202 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/mcp`, headers, stop: () => server.stop(true) };
}

if (import.meta.main) {
  for await (const line of console) {
    const answer = line === "" ? undefined : mcpAnswer(JSON.parse(line) as Message);
    if (answer && "error" in answer && process.env["MCP_STRICT"]) process.exit(2);
    if (answer && "error" in answer && process.env["MCP_SILENT"]) continue;
    if (answer) console.log(JSON.stringify(answer));
  }
}
