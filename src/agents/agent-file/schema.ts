import { z } from "zod";

/** The schema of agent files. Every object is strict: an unknown key is an error, reported with its line. */

const name = z.string().trim().min(1);
const duration = z.int().min(1).describe("milliseconds");
const headers = z.record(z.string(), z.string());
const functionName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "up to 64 letters, digits, _ and -");

const httpTool = z.strictObject({
  type: z.literal("http"),
  name: functionName,
  description: z.string(),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
  /** May have `{placeholders}` in its path and query, which arguments fill. */
  url: z.string(),
  /** Arguments in the path of the url that may contain slashes. */
  slashes_in: z.array(name).default([]),
  /** A JSON schema of an object; arguments that it does not declare are not sent. */
  parameters: z.looseObject({ type: z.literal("object") }).default({ type: "object" }),
  headers: headers.default({}),
  timeout_ms: duration.default(15_000),
  needs_approval: z.boolean().default(false),
});

const webSearch = z.strictObject({
  type: z.literal("web_search"),
  allowed_domains: z.array(z.string()).optional(),
  context_size: z.enum(["low", "medium", "high"]).optional(),
});
const fileSearch = z.strictObject({
  type: z.literal("file_search"),
  vector_store_ids: z.array(name).min(1),
  max_results: z.int().min(1).max(50).optional(),
});
const codeInterpreter = z.strictObject({ type: z.literal("code_interpreter") });
const imageGeneration = z.strictObject({
  type: z.literal("image_generation"),
  size: z.string().optional(),
  quality: z.enum(["low", "medium", "high", "auto"]).optional(),
  partial_images: z.int().min(0).max(3).default(2),
});
const tool = z.discriminatedUnion("type", [httpTool, webSearch, fileSearch, codeInterpreter, imageGeneration]);

const mcpBase = {
  name,
  /** Only these tools of the server are offered. */
  tools: z.array(name).min(1).optional(),
  timeout_ms: duration.default(30_000),
};
const mcpStdio = z.strictObject({
  ...mcpBase,
  command: name,
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  cwd: z.string().optional(),
});
const mcpHttp = z.strictObject({ ...mcpBase, url: z.string(), headers: headers.default({}) });
/** An entry with a `command` is started, one with a `url` is called. */
const mcpServer = z.unknown().transform((value, context): z.infer<typeof mcpStdio> | z.infer<typeof mcpHttp> => {
  const isHttp = typeof value === "object" && value !== null && "url" in value;
  const parsed = (isHttp ? mcpHttp : mcpStdio).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
  return z.NEVER;
});

const settings = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.int().min(1).optional(),
  reasoning_effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).optional(),
  verbosity: z.enum(["low", "medium", "high"]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  store: z.boolean().optional(),
});

const agent = {
  name,
  instructions: z.union([z.string(), z.strictObject({ file: name })], "Expected text or {file: path}"),
  model: name.optional(),
  settings: settings.optional(),
  tools: z.array(tool).default([]),
  mcp_servers: z.array(mcpServer).default([]),
  /** Names of agents of the same file. */
  handoffs: z.array(name).default([]),
  handoff_description: z.string().optional(),
};

const agentEntry = z.strictObject(agent);

export const agentFile = z.strictObject({
  ...agent,
  /** Agents to hand over to. */
  agents: z.array(agentEntry).default([]),
  prompts: z.array(z.strictObject({ label: name, prompt: name })).default([]),
  title: z.boolean().optional(),
  tool_activity: z.enum(["workflow", "progress", "off"]).default("workflow"),
  history_items: z.int().min(1).max(1000).optional(),
  max_turns: z.int().min(1).optional(),
  /** The agent that the next turn begins with. */
  continue_with: z.enum(["first_agent", "last_agent"]).optional(),
  timeout_ms: duration.optional(),
  /** Models a client may choose. */
  models: z.array(name).optional(),
});

export type AgentFile = z.infer<typeof agentFile>;
export type AgentEntry = z.infer<typeof agentEntry>;
export type HttpToolEntry = z.infer<typeof httpTool>;
export type ToolEntry = z.infer<typeof tool>;
export type SettingsEntry = z.infer<typeof settings>;
export type McpEntry = z.infer<typeof mcpStdio> | z.infer<typeof mcpHttp>;
