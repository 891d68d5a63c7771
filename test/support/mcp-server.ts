/**
 * A small MCP server: tools `echo` and `remove`. By HTTP with `startMcpServer`, or by standard input and output when this file is run.
 */
type Message = { id?: number | string; method: string; params?: Record<string, any> }; // whatever the client sends

const INPUT = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };

export function mcpAnswer({ id, method, params = {} }: Message): object | undefined {
  if (id === undefined) return undefined;
  const result = resultOf(method, params);
  return { jsonrpc: "2.0", id, ...(result ? { result } : { error: { code: -32601, message: `no ${method}` } }) };
}

function resultOf(method: string, params: Record<string, any>): object | undefined {
  switch (method) {
    case "initialize":
      return { protocolVersion: params["protocolVersion"], capabilities: { tools: {} }, serverInfo: { name: "test", version: "1" } };
    case "tools/list":
      return { tools: (process.env["MCP_TOOLS"] ?? "echo,remove").split(",").map((name) => ({ name, description: name, inputSchema: INPUT })) };
    case "tools/call": {
      const text = `${params["name"]}: ${params["arguments"]?.["text"]} ${process.env["MCP_TOKEN"] ?? ""}`.trim();
      return { content: [{ type: "text", text }] };
    }
    default:
      return undefined;
  }
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
    if (answer) console.log(JSON.stringify(answer));
  }
}
