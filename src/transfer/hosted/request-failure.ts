import { codeOf } from "../../errors.ts";

type Init = {
  status?: number | undefined;
  isPassing?: boolean;
  isUnreachable?: boolean;
  retryAfterMs?: number | undefined;
  location?: string | undefined;
};

/** A request that failed. The message is a plain reason, without addresses or keys. */
export class RequestFailure extends Error {
  readonly status: number | undefined;
  /** Whether another try may succeed. */
  readonly isPassing: boolean;
  /** Whether there is no such server, as far as can be told. */
  readonly isUnreachable: boolean;
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined;
  /** Where a redirect leads. */
  readonly location: string | undefined;

  constructor(reason: string, { status, isPassing = false, isUnreachable = false, retryAfterMs, location }: Init = {}) {
    super(reason);
    this.status = status;
    this.isPassing = isPassing;
    this.isUnreachable = isUnreachable;
    this.retryAfterMs = retryAfterMs;
    this.location = location;
  }
}

/** The failure for an answer that refuses, with the server's message as far as it can be shown: it is text from outside. */
export function refusal(status: number, headers: Headers, body: string, secrets: readonly string[]): RequestFailure {
  // The same statuses as in this API's own client.
  const isPassing = status === 408 || status === 409 || status === 429 || status >= 500;
  const message = shownMessage(body, secrets);
  const location = status >= 300 && status < 400 ? (headers.get("location") ?? undefined) : undefined;
  const reason = `HTTP ${status}${message && `: ${message}`}`;
  return new RequestFailure(reason, { status, isPassing, retryAfterMs: retryAfterMs(headers), location });
}

const SHOWN_LENGTH = 200;

function shownMessage(body: string, secrets: readonly string[]): string {
  let message: unknown;
  try {
    message = (JSON.parse(body) as { error?: { message?: unknown } | null } | null)?.error?.message;
  } catch {
    return "";
  }
  if (typeof message !== "string") return "";
  const masked = secrets.reduce((text, secret) => text.replaceAll(secret, "***"), message);
  return printable(masked).slice(0, SHOWN_LENGTH);
}

/** On one line, without control characters, which would be commands to a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}

/** From `retry-after-ms`, which this API's own client reads first, or `Retry-After`: seconds, or a date by the server's clock. */
export function retryAfterMs(headers: Headers): number | undefined {
  const exact = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (exact >= 0) return exact;
  const given = headers.get("retry-after")?.trim();
  if (!given) return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given) * 1000;
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const at = /^[a-z]/i.test(given) ? Date.parse(given) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** What `fetch` threw, in plain words: its own message has the address, which may be a signed one. */
export function connectionFailure(thrown: unknown): RequestFailure {
  const code = codeOf(thrown);
  if (/CERT|SSL|TLS|VERIFY/i.test(code)) return new RequestFailure(`the server's certificate is not accepted (${code})`);
  if (/ECONNRESET|Zlib|Brotli|Zstd|Decompress/i.test(code)) return new RequestFailure("the connection was cut", { isPassing: true });
  const isUnreachable = /ENOTFOUND|REFUSED|EPROTO/i.test(code);
  return new RequestFailure(code ? `no connection (${code})` : "no connection", { isPassing: true, isUnreachable });
}
