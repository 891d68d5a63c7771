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
  headers: Headers;
  /** Aborts when the answer is no longer wanted. */
  signal: AbortSignal;
  /** Set for the hooks of a streaming operation. */
  turn?: Turn;
  /** Keeps the process alive for work that the stream does not wait for. Its failure is logged, never thrown. */
  waitUntil(work: Promise<unknown>): void;
};

type Log = (fields: object, message?: string) => void;

/** What the library logs with: shaped like pino, and `console` fits too. `audit` takes the lines that no log level hides; default: `info`. */
export type Logger = Record<"debug" | "info" | "warn" | "error", Log> & { audit?: Log };
