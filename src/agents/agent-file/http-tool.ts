import { tool, type Tool } from "@openai/agents";
import { z } from "zod";
import { ChatKitError } from "../../errors.ts";
import type { HttpToolEntry } from "./schema.ts";

type Arguments = Record<string, unknown>;

/** What the model gets to read of an answer, in characters. */
const MAX_ANSWER = 20_000;
const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * A tool that is one HTTP request. Arguments named in the URL fill its placeholders; the others become the query, or the JSON
 * body of a method that has one. The host is the file's alone: no argument can change it, and redirects are not followed.
 * @param where the place of one of its fields in the file, for errors
 */
export function httpTool(entry: HttpToolEntry, where: (field: keyof HttpToolEntry) => string): Tool {
  const check = argumentsOf(entry, where("parameters"));
  requireFixedHost(entry.url, where("url"));
  return tool({
    name: entry.name,
    description: entry.description,
    parameters: { properties: {}, required: [], additionalProperties: true, ...entry.parameters } as never,
    strict: false,
    needsApproval: entry.needs_approval,
    execute: async (given, _run, details) => {
      const parsed = check.safeParse(given);
      if (!parsed.success) return `The arguments do not fit: ${z.prettifyError(parsed.error)}`;
      return call(entry, parsed.data as Arguments, details?.signal);
    },
  });
}

function argumentsOf(entry: HttpToolEntry, where: string): z.ZodType {
  try {
    return z.fromJSONSchema(entry.parameters as z.core.JSONSchema.JSONSchema);
  } catch (cause) {
    const message = `${where}: the parameters of ${entry.name} are not a JSON schema: ${cause instanceof Error ? cause.message : ""}`;
    throw new ChatKitError("config_invalid", { message, cause });
  }
}

function requireFixedHost(template: string, where: string): void {
  const shape = URL.parse(template.replace(PLACEHOLDER, "x"));
  const isHttp = shape !== null && /^https?:$/.test(shape.protocol);
  const isFixed = !/^[a-z]+:\/\/[^/?#]*\{/i.test(template);
  if (isHttp && isFixed) return;
  const message = isHttp ? "the host of the url must not have placeholders" : "the url is not an http(s) address";
  throw new ChatKitError("config_invalid", { message: `${where}: ${message}.` });
}

async function call(entry: HttpToolEntry, given: Arguments, signal: AbortSignal | undefined): Promise<string> {
  const { method, headers, timeout_ms: timeoutMs } = entry;
  const { url, rest } = filledIn(entry.url, given);
  if (!url) return "The arguments do not make an address: . and .. are not allowed.";
  const hasBody = method !== "GET" && method !== "DELETE";
  if (!hasBody) for (const [key, value] of Object.entries(rest)) url.searchParams.append(key, asText(value));
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: hasBody ? { "content-type": "application/json", ...headers } : headers,
      ...(hasBody && { body: JSON.stringify(rest) }),
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const text = await limitedText(response);
    return response.ok ? text : `HTTP ${response.status}: ${text}`;
  } catch (error) {
    if (signal?.aborted) throw error;
    return timeout.aborted ? `There was no answer within ${timeoutMs} ms.` : "The address cannot be reached.";
  }
}

/** No url when an argument of dots would climb out of the path that the file gives. */
function filledIn(template: string, given: Arguments): { url: URL | undefined; rest: Arguments } {
  const rest = { ...given };
  const filled = template.replace(PLACEHOLDER, (_all, name: string) => {
    delete rest[name];
    return encodeURIComponent(asText(given[name] ?? ""));
  });
  const url = new URL(filled);
  const shape = new URL(template.replace(PLACEHOLDER, "x"));
  return { url: segments(url) === segments(shape) ? url : undefined, rest };
}

function segments({ pathname }: URL): number {
  return pathname.split("/").length;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Reads no more than the model is to see, however much is sent. */
async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) return `${text.slice(0, MAX_ANSWER)}…`;
  }
  return text + decoder.decode();
}
