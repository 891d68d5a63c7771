import type { Tool } from "@openai/agents";
import { z } from "zod";
import { ChatKitError } from "../../errors.ts";
import { watchedTool } from "../tool-outcome.ts";
import { declaredIn, declaredPart } from "./declared-arguments.ts";
import type { HttpToolEntry } from "./schema.ts";
import { answerOf } from "./http-answer.ts";
import { withDigits, withSafeNumbers } from "./large-numbers.ts";
import { invalid } from "./parse.ts";
import { asText, UrlTemplate } from "./url-template.ts";

type Arguments = Record<string, unknown>;

/**
 * A tool that makes one HTTP request. Arguments fill the placeholders of the URL; the others become the query, or the JSON body of a
 * method that has one. The host is fixed in the file: no argument can change it, and redirects are not followed.
 * @param where gives the place of a field in the file, for errors
 */
export function httpTool(entry: HttpToolEntry, where: (field: keyof HttpToolEntry) => string): Tool {
  const check = checkOf(entry, where("parameters"));
  requireHeaders(entry, where("headers"));
  const isDeclared = declaredIn(entry.parameters);
  const template = new UrlTemplate(entry.url, entry.slashes_in, where);
  const stranger = [...template.names].find((name) => !isDeclared(name));
  if (stranger !== undefined) throw invalid([`${where("url")}: the parameters of ${entry.name} have no ${stranger}, so {${stranger}} would stay empty.`]);
  return watchedTool({
    name: entry.name,
    description: entry.description,
    parameters: { properties: {}, required: [], additionalProperties: true, ...entry.parameters } as never,
    strict: false,
    needsApproval: entry.needs_approval,
    errorFunction: (_run, error) => (error instanceof NoAnswer ? error.told : "An error occurred while running the tool."),
    execute: async (given, _run, details) => {
      const parsed = check.safeParse(withSafeNumbers(given));
      if (!parsed.success) throw new NoAnswer("its arguments do not fit", `The arguments do not fit: ${z.prettifyError(parsed.error)}`);
      const values = withDigits(given as Arguments, details?.toolCall?.arguments);
      const url = template.fill(values);
      if (typeof url === "string") throw new NoAnswer("its arguments make no address", url);
      // Arguments that are not declared are not sent: the model may have been talked into them by a text it has read (CWE-915).
      const others = Object.entries(values).filter(([name]) => isDeclared(name) && !template.names.has(name));
      const sent = others.map(([name, value]): [string, unknown] => [name, declaredPart(name, value, entry.parameters)]);
      return call(entry, requestOf(entry, template, url, sent), details?.signal);
    },
  });
}

/** Why there is no answer: for the log, without what was sent or received, and as the model is told. */
class NoAnswer extends Error {
  constructor(
    reason: string,
    readonly told: string,
    cause?: unknown,
  ) {
    super(reason, cause === undefined ? {} : { cause });
  }
}

function checkOf(entry: HttpToolEntry, where: string): z.ZodType {
  try {
    return z.fromJSONSchema(entry.parameters as z.core.JSONSchema.JSONSchema);
  } catch (cause) {
    const message = `${where}: the parameters of ${entry.name} are not a JSON schema: ${cause instanceof Error ? cause.message : ""}`;
    throw new ChatKitError("config_invalid", { message, cause });
  }
}

/** Else each call would fail. The value, which may be a secret, is not shown. */
function requireHeaders({ name: tool, headers }: HttpToolEntry, where: string): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch (cause) {
      throw invalid([`${where}: the header ${JSON.stringify(name)} of ${tool} has a name or a value that cannot be sent.`], cause);
    }
  }
}

/** The request, with the remaining arguments as its query, or as its body if the method has one. */
function requestOf({ method, headers }: HttpToolEntry, template: UrlTemplate, url: URL, others: [string, unknown][]): Request {
  const hasBody = method !== "GET" && method !== "DELETE";
  if (hasBody) {
    const body = JSON.stringify(Object.fromEntries(others));
    return new Request(url.href, { method, headers: { "content-type": "application/json", ...headers }, body, redirect: "manual" });
  }
  for (const [name, value] of others) if (value !== null && !template.fixes(name)) url.searchParams.append(name, asText(value));
  return new Request(url.href, { method, headers, redirect: "manual" });
}

async function call({ timeout_ms: timeoutMs }: HttpToolEntry, request: Request, signal: AbortSignal | undefined) {
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await answered(request, signal ? AbortSignal.any([signal, timeout]) : timeout).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    if (timeout.aborted) throw new NoAnswer(`no answer within ${timeoutMs} ms`, `There was no answer within ${timeoutMs} ms.`);
    throw new NoAnswer(`the address cannot be reached${codeOf(error)}`, "The address cannot be reached.");
  });
  const { status, answer } = response;
  if (status >= 200 && status < 300) return answer;
  throw new NoAnswer(`HTTP ${status}`, `HTTP ${status}: ${typeof answer === "string" ? answer : answer.map((part) => ("text" in part ? part.text : "")).join("")}`);
}

async function answered(request: Request, signal: AbortSignal) {
  const response = await fetch(request, { signal });
  return { status: response.status, answer: await answerOf(response) };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? ` (${code})` : "";
}
