import { z } from "zod";
import { ChatKitError } from "../errors.ts";
import { bodyLimitOf, largestBody, requireSize, type BodyLimits } from "./body-limits.ts";
import { decodeBase64 } from "./json/base64.ts";
import { outlineOf } from "./json/outline.ts";
import { JsonReader } from "./json/reader.ts";
import { readInSteps, SMALL_JSON } from "./json/steps.ts";
import { OPERATIONS, request, type ChatKitRequest, type Operation } from "./requests.ts";

const OUTLINE = outlineOf(request);
// The client is told the first issue only: there may be a thousand.
const FIRST_ISSUE = { abortEarly: true } as z.core.ParseContext<z.core.$ZodIssue>;

/**
 * Turns the bytes of a body into a request; nothing else parses bodies. A large one is read in steps, between which other requests get
 * their turn, and large ones are read one after another.
 * @throws ChatKitError body_too_large, invalid_json, unknown_operation or invalid_request, with the path in its message.
 */
export function parseRequest(body: string | Uint8Array, limits: BodyLimits = {}): ChatKitRequest | Promise<ChatKitRequest> {
  if (body.length <= SMALL_JSON) return parseAtOnce(body, limits);
  const size = checkedSize(body, limits);
  return readInSteps(() => readerOf(body), (reader) => checked(reader, size, limits));
}

function parseAtOnce(body: string | Uint8Array, limits: BodyLimits): ChatKitRequest | Promise<ChatKitRequest> {
  const size = checkedSize(body, limits);
  const reader = readerOf(body);
  reader.read();
  return checked(reader, size, limits);
}

function checkedSize(body: string | Uint8Array, limits: BodyLimits): number {
  const size = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  requireSize(size, largestBody(limits));
  return size;
}

function readerOf(body: string | Uint8Array): JsonReader {
  if (typeof body !== "string") return new JsonReader(body, OUTLINE);
  if (!body.isWellFormed()) throw invalid("A lone surrogate is not text.");
  return new JsonReader(Buffer.from(body), OUTLINE);
}

function checked({ problem, value }: JsonReader, size: number, limits: BodyLimits): ChatKitRequest | Promise<ChatKitRequest> {
  if (problem) throw invalid(at(problem.path, problem.message));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("The body must be a JSON object.");
  const type = (value as { type?: unknown }).type;
  if (typeof type !== "string" || !OPERATIONS.has(type)) {
    const shown = typeof type === "string" ? JSON.stringify(type.slice(0, 100)) : type === undefined ? "none" : `a ${typeof type}`;
    throw new ChatKitError("unknown_operation", { message: `type: expected the name of an operation, got ${shown}.` });
  }
  requireSize(size, bodyLimitOf(limits, type as Operation));
  const parsed = request.safeParse(value, FIRST_ISSUE);
  if (!parsed.success) throw invalid(describe(parsed.error));
  return parsed.data.type === "input.transcribe" ? withAudio(parsed.data) : parsed.data;
}

/** Nothing of the request is left in its body then, whose memory can be given back. */
async function withAudio(asked: ChatKitRequest & { type: "input.transcribe" }): Promise<ChatKitRequest> {
  return { ...asked, params: { ...asked.params, audio_base64: await decodeBase64(asked.params.audio_base64) } };
}

const at = (path: PropertyKey[], message: string) => (path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`);
const invalid = (message: string) => new ChatKitError("invalid_request", { message });

/** The first issue of a failed check, as `path: what is wrong`. */
export function describe(error: z.ZodError | { issues: readonly z.core.$ZodIssue[] }): string {
  const { path, message } = deepest(error.issues[0]!);
  return at(path, message);
}

// A union reports the issues of every branch. The one whose first issue is deepest is most likely the one that was meant.
function deepest(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string } {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const found = issue.errors
    .flatMap((branch) => (branch[0] ? [deepest(branch[0])] : []))
    .reduce((best, next) => (next.path.length > best.path.length ? next : best));
  return { path: [...issue.path, ...found.path], message: found.message };
}
