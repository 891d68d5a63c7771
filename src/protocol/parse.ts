import { z } from "zod";
import { ChatKitError } from "../errors.ts";
import { OPERATIONS, request, type ChatKitRequest } from "./requests.ts";

export const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
/** Deeper than any honest body, and far from where a recursive schema runs out of stack (measured: 20,000). CWE-674. */
const MAX_DEPTH = 64;

// Fatal, and with a byte order mark kept so that JSON.parse refuses it: as strict as the Python SDK.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bytes to a request; the only door in.
 * @throws ChatKitError body_too_large, invalid_json, unknown_operation or invalid_request, with the path in its message.
 */
export function parseRequest(body: string | Uint8Array, maxBodyBytes: number = DEFAULT_MAX_BODY_BYTES): ChatKitRequest {
  const size = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  if (size > maxBodyBytes) throw new ChatKitError("body_too_large", { message: `The body is larger than ${maxBodyBytes} bytes.` });
  const value = parseJson(body);
  checkShape(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("The body must be a JSON object.");
  const type = (value as { type?: unknown }).type;
  if (typeof type !== "string" || !OPERATIONS.has(type)) {
    const shown = typeof type === "string" ? JSON.stringify(type.slice(0, 100)) : type === undefined ? "none" : `a ${typeof type}`;
    throw new ChatKitError("unknown_operation", { message: `type: expected the name of an operation, got ${shown}.` });
  }
  const parsed = request.safeParse(value);
  if (!parsed.success) throw invalid(describe(parsed.error));
  return parsed.data;
}

function parseJson(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : utf8.decode(body));
  } catch (cause) {
    throw new ChatKitError("invalid_json", { cause });
  }
}

/**
 * Walks the value without recursion. Refuses what would hurt further in: depth (CWE-674), `__proto__` keys, which
 * JSON.parse makes own properties and a later copy may follow (CWE-1321), and lone surrogates, which no store can keep.
 */
function checkShape(root: unknown): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw invalid(`The body is nested deeper than ${MAX_DEPTH} levels.`);
    const below: unknown[] = [];
    for (const value of level) {
      if (typeof value === "string") {
        if (!value.isWellFormed()) throw unfit(root, value, SURROGATE);
      } else if (Array.isArray(value)) {
        for (const element of value) below.push(element);
      } else if (typeof value === "object" && value !== null) {
        for (const key of Object.keys(value)) {
          if (key === "__proto__") throw unfit(root, value, "The key __proto__ is not allowed.");
          if (!key.isWellFormed()) throw unfit(root, value, SURROGATE);
          below.push((value as Record<string, unknown>)[key]);
        }
      }
    }
    level = below;
  }
}

const SURROGATE = "A lone surrogate is not text.";

const unfit = (root: unknown, value: unknown, message: string) => invalid(at(pathTo(value, root) ?? [], message));

/** Where a value is, looked for once it is refused: to know it all along would cost every body. */
function pathTo(wanted: unknown, from: unknown, depth = 0): PropertyKey[] | undefined {
  if (from === wanted) return [];
  // What is wanted lies no deeper than that; what lies beside it may (CWE-674).
  if (typeof from !== "object" || from === null || depth === MAX_DEPTH) return undefined;
  for (const [key, value] of Object.entries(from)) {
    const rest = pathTo(wanted, value, depth + 1);
    if (rest) return [Array.isArray(from) ? Number(key) : key, ...rest];
  }
  return undefined;
}

const at = (path: PropertyKey[], message: string) => (path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`);
const invalid = (message: string) => new ChatKitError("invalid_request", { message });

/** The first issue of a failed check, as `path: what is wrong`. */
export function describe(error: z.ZodError | { issues: readonly z.core.$ZodIssue[] }): string {
  const { path, message } = deepest(error.issues[0]!);
  return at(path, message);
}

// A union reports each branch's issues; the branch that got furthest is the one that was meant.
function deepest(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string } {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const found = issue.errors
    .flatMap((branch) => (branch[0] ? [deepest(branch[0])] : []))
    .reduce((best, next) => (next.path.length > best.path.length ? next : best));
  return { path: [...issue.path, ...found.path], message: found.message };
}
