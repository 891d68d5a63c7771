import { APIError } from "openai";
import { isRecord, type Json } from "../../protocol/json/values.ts";

type Given = { message?: string | undefined; code?: unknown; type?: unknown };

/** The error in a body or an event that should have been an answer, in any of the forms in use; undefined when it is not an error. */
export function errorIn(value: unknown): APIError | undefined {
  const given = givenIn(Array.isArray(value) && value.length === 1 ? value[0] : value);
  return given && new APIError(statusOf(given), given, undefined, undefined);
}

/** The error for a server that sent no answer, though with status 200. */
export class NoAnswer extends APIError {
  constructor(reason: string) {
    super(undefined, { message: `The model server answered 200 without an answer: ${reason}.` }, undefined, undefined);
  }
}

/** @param reason for the log */
export const noAnswer = (reason: string): APIError => new NoAnswer(reason);

/** The error for an answer that was not completed. */
export class BrokenOff extends APIError {
  constructor(reason: string) {
    super(undefined, { message: `The model server broke off its answer: ${reason}.` }, undefined, undefined);
  }
}

function givenIn(value: unknown): Given | undefined {
  if (!isRecord(value)) return undefined;
  const { error } = value;
  if (typeof error === "string" && error !== "") return { message: error, code: value["code"] };
  // Some send an empty one with every answer: `{"code": 0, "message": ""}`.
  if (isRecord(error) && Object.values(error).some(Boolean))
    return { ...error, message: messageOf(error) ?? JSON.stringify(error), code: error["code"] ?? error["status"] ?? value["status"] };
  // Anthropic's gateways, vLLM, FastAPI and Venice send errors without a field `error`: any object with a message that is not an answer.
  if (PARTS_OF_ANSWERS.some((field) => (value[field] ?? null) !== null)) return undefined;
  const isError = value["object"] === "error" || value["type"] === "error";
  const message = messageOf(value);
  if (message === undefined) return isError ? { message: JSON.stringify(value) } : undefined;
  if (!isError && typeof value["type"] === "string" && value["type"].startsWith("response.")) return undefined;
  return { message, code: value["code"] ?? value["status"] ?? codeIn(value["errors"]), type: value["type"] ?? value["error_type"] };
}

const PARTS_OF_ANSWERS = ["choices", "output", "usage"];
const MESSAGES = ["message", "error_message", "detail", "msg", "error_description"];
/** The same with Cloudflare, AWS, Baidu, MiniMax and Apigee; the last two have it one level deeper. */
const OTHER_MESSAGES = ["errors", "Message", "errorMessage", "error_msg", "status_msg", "faultstring", "base_resp", "fault"];

function messageOf(value: Json): string | undefined {
  for (const field of [...MESSAGES, ...OTHER_MESSAGES]) {
    const message = value[field];
    if (typeof message === "string" && message !== "") return message.replace(QUOTED_INPUT, " …");
    if (Array.isArray(message) && message.length > 0) return message.map(complaint).join("; ");
    const deeper = isRecord(message) ? messageOf(message) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function codeIn(errors: unknown): unknown {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return isRecord(first) ? first["code"] : undefined;
}

/** What the errors of Pydantic (vLLM, FastAPI, LiteLLM) quote of the request: the conversation, which must not be logged. */
const QUOTED_INPUT = /,?\s*(["']input["']\s*:|input_value\s*=)[\s\S]*/;

/** One entry of a list of errors: where, and what. */
function complaint(entry: unknown): string {
  if (!isRecord(entry)) return String(entry);
  const place = Array.isArray(entry["loc"]) ? `${entry["loc"].join(".")}: ` : "";
  return `${place}${messageOf(entry) ?? "refused"}`;
}

const STATUSES = new Map<unknown, number>([
  ["invalid_api_key", 401],
  ["authentication_error", 401],
  ["unauthorized", 401],
  ["permission_denied", 403],
  ["permission_error", 403],
  ["model_not_found", 404],
  ["not_found_error", 404],
  ["invalid_request_error", 400],
  ["rate_limit_exceeded", 429],
]);

/** The HTTP status that the error means, though the answer had another one: by its code, or by the name of the error. */
function statusOf({ code, type }: Given): number | undefined {
  const status = typeof code === "number" ? code : Number(code ?? Number.NaN);
  if (Number.isInteger(status) && status >= 400 && status < 600) return status;
  return STATUSES.get(code) ?? STATUSES.get(type);
}
