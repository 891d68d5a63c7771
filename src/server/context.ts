import type { UserMessageItem } from "../protocol/items.ts";
import type { UserScope } from "../store/store.ts";

/** Why the model is asked to answer. */
export type Turn = {
  reason: "message" | "client_tool" | "structured_input" | "retry" | "action";
  userMessage: UserMessageItem | null;
};

/** Who asks, and with what; one for each request, handed to every hook and store call. */
export type RequestContext = UserScope & {
  sessionId?: string;
  /** As in `Accept-Language`. */
  locale?: string;
  requestId: string;
  /** The client's address, as trusted proxies report it. */
  clientIp?: string;
  headers: Headers;
  /** Aborts when the answer is no longer wanted. */
  signal: AbortSignal;
  /** Set for the hooks of a streaming operation. */
  turn?: Turn;
  /** Keeps the process alive for work that the stream does not wait for. Its failure is logged, never thrown. */
  waitUntil(work: Promise<unknown>): void;
};

/** The fields of a log line that name the request and who has asked. */
export type Asked = { request_id: string; user_id: string; client_ip?: string };

export function askedBy({ requestId, userId, clientIp }: Pick<RequestContext, "requestId" | "userId" | "clientIp">): Asked {
  return { request_id: requestId, user_id: userId, ...(clientIp !== undefined && { client_ip: clientIp }) };
}

type Log = (fields: object, message?: string) => void;

/** What the library logs with: shaped like pino, and `console` fits too. `audit` takes the lines that no log level hides; default: `info`. */
export type Logger = Record<"debug" | "info" | "warn" | "error", Log> & { audit?: Log };
