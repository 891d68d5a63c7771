import { tool, type Tool } from "@openai/agents";
import { z } from "zod";
import { ChatKitError } from "../../errors.ts";
import { declaredIn } from "./declared-arguments.ts";
import type { HttpToolEntry } from "./schema.ts";
import { asText, UrlTemplate } from "./url-template.ts";

type Arguments = Record<string, unknown>;

/** How many characters of an answer the model gets. */
const MAX_ANSWER = 20_000;

/**
 * A tool that makes one HTTP request. Arguments fill the placeholders of the URL; the others become the query, or the JSON body of a
 * method that has one. The host is fixed in the file: no argument can change it, and redirects are not followed.
 * @param where gives the place of a field in the file, for errors
 */
export function httpTool(entry: HttpToolEntry, where: (field: keyof HttpToolEntry) => string): Tool {
  const check = checkOf(entry, where("parameters"));
  const isDeclared = declaredIn(entry.parameters);
  const template = new UrlTemplate(entry.url, entry.slashes_in, where);
  return tool({
    name: entry.name,
    description: entry.description,
    parameters: { properties: {}, required: [], additionalProperties: true, ...entry.parameters } as never,
    strict: false,
    needsApproval: entry.needs_approval,
    execute: async (given, _run, details) => {
      const parsed = check.safeParse(given);
      if (!parsed.success) return `The arguments do not fit: ${z.prettifyError(parsed.error)}`;
      const url = template.fill(parsed.data as Arguments);
      if (typeof url === "string") return url;
      // Arguments that are not declared are not sent: the model may have been talked into them by a text it has read (CWE-915).
      const others = Object.entries(parsed.data as Arguments).filter(([name]) => isDeclared(name) && !template.names.has(name));
      return call(entry, requestOf(entry, template, url, others), details?.signal);
    },
  });
}

function checkOf(entry: HttpToolEntry, where: string): z.ZodType {
  try {
    return z.fromJSONSchema(entry.parameters as z.core.JSONSchema.JSONSchema);
  } catch (cause) {
    const message = `${where}: the parameters of ${entry.name} are not a JSON schema: ${cause instanceof Error ? cause.message : ""}`;
    throw new ChatKitError("config_invalid", { message, cause });
  }
}

/** The request, with the remaining arguments as its query, or as its body if the method has one. */
function requestOf({ method, headers }: HttpToolEntry, template: UrlTemplate, url: URL, others: [string, unknown][]): Request {
  const hasBody = method !== "GET" && method !== "DELETE";
  if (hasBody) {
    const body = JSON.stringify(Object.fromEntries(others));
    return new Request(url.href, { method, headers: { "content-type": "application/json", ...headers }, body, redirect: "manual" });
  }
  for (const [name, value] of others) if (!template.fixes(name)) url.searchParams.append(name, asText(value));
  return new Request(url.href, { method, headers, redirect: "manual" });
}

async function call({ timeout_ms: timeoutMs }: HttpToolEntry, request: Request, signal: AbortSignal | undefined): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    const text = await limitedText(response);
    return response.ok ? text : `HTTP ${response.status}: ${text}`;
  } catch (error) {
    if (signal?.aborted) throw error;
    return timeout.aborted ? `There was no answer within ${timeoutMs} ms.` : "The address cannot be reached.";
  }
}

/** Reads only as much as the model gets, however much is sent. */
async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) return `${text.slice(0, MAX_ANSWER)}…`;
  }
  return text + decoder.decode();
}
