/**
 * What became of a call: `answered` by the server, if only with an error; `refused` before any tool ran, because nobody was there or the
 * session is not known any more; `unknown` when the connection broke while it ran; `late` when there was no answer in time.
 */
export type Fate = "answered" | "refused" | "unknown" | "late";

type Thrown = { code?: unknown; status?: unknown; message?: unknown; cause?: unknown; data?: { status?: unknown; text?: unknown } };

/** The codes of errors before anything was sent: of the network, of names, of starting a command, of certificates. */
const NOT_SENT = /^(E?CONN(ection)?_?REFUSED|ENOTFOUND|EAI_AGAIN|FailedToOpenSocket|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES|NOT_CONNECTED|.*CERT.*|UNABLE_TO_.*)$/i;
const BROKEN = /^(ECONNRESET|EPIPE|CONNECTION_?CLOSED|SEND_FAILED|ETIMEDOUT|UND_ERR_.*)$/i;
/** How servers say that they do not know the session, when they do not say it with 404. */
const NO_SESSION = /session( id)?( was| is| has been)? (not found|not valid|unknown|expired|terminated|required)|(no|invalid|unknown|missing)( valid)? (mcp-)?session|not initiali[sz]ed/i;
/** The codes of JSON-RPC errors with which they say it: none of those is an error of a tool. */
const SESSION_CODES = new Set([-32000, -32001, -32002, -32600]);
const MAX_CAUSES = 5;
/** The code of an error made here: the stream in which the answer was to come has ended without it. */
export const STREAM_ENDED = -32098;

/** @param hasSession whether the server had given the connection an id */
export function fateOf(error: unknown, hasSession: boolean): Fate {
  const { code, message = "" } = error as Thrown;
  const status = statusOf(error);
  if (code === "REQUEST_TIMEOUT") return "late";
  if (code === STREAM_ENDED) return "unknown";
  if (status === 404 || (status === 400 && hasSession && NO_SESSION.test(`${String((error as Thrown).data?.text)} ${String(message)}`))) return "refused";
  if (status !== undefined) return status === 502 || status === 503 || status === 504 ? "unknown" : "answered";
  if (typeof code === "number") return hasSession && SESSION_CODES.has(code) && NO_SESSION.test(String(message)) ? "refused" : "answered";
  return networkFate(error) ?? "answered";
}

/** Whether nobody can be connected to, so that another protocol would not help either. */
export function isUnreachable(error: unknown): boolean {
  const status = statusOf(error);
  return networkFate(error) === "refused" || status === 401 || status === 403;
}

/** What an error says for the log and for start errors: never an address, which may have a secret in it. */
export function reasonOf(error: unknown): string {
  const { code, message } = rootOf(error);
  const status = statusOf(error);
  if (status === 401 || status === 403) return `it refuses the credentials (HTTP ${status})`;
  if (status !== undefined) return `it answered with HTTP ${status}`;
  if (code === "ENOENT") return "the command was not found";
  if (code === "EACCES") return "the command may not be run";
  if (code === "REQUEST_TIMEOUT") return "it does not answer in time";
  if (code === "INVALID_RESULT") return "its answer does not fit the protocol";
  if (typeof code === "string" && /refused/i.test(code)) return "the connection was refused";
  if (typeof code === "string" && /ENOTFOUND|EAI_AGAIN/.test(code)) return "its host name is not known";
  if (typeof code === "string" && NOT_SENT.test(code)) return `the connection failed (${code})`;
  if (networkFate(error) === "unknown" || code === STREAM_ENDED) return "the connection broke off";
  // What does not fit the protocol is told by the schema's own list of errors, of many lines.
  const isSaid = typeof message === "string" && !/:\/\//.test(message) && !(error instanceof Error && error.name === "ZodError");
  return isSaid ? message : "it does not answer as an MCP server";
}

/** The same without any words of the server, which may quote the arguments of a call. */
export function safeReasonOf(error: unknown): string {
  const { code } = error as Thrown;
  return typeof code === "number" && code !== STREAM_ENDED ? `it refused the call (JSON-RPC error ${code})` : reasonOf(error);
}

function networkFate(error: unknown): Fate | undefined {
  for (const { code } of chainOf(error)) {
    if (typeof code !== "string") continue;
    if (NOT_SENT.test(code)) return "refused";
    if (BROKEN.test(code)) return "unknown";
  }
  return undefined;
}

/** The HTTP status of the answer, if there was one. */
function statusOf(error: unknown): number | undefined {
  return chainOf(error)
    .map(({ data, status }) => data?.status ?? status)
    .find((status) => typeof status === "number");
}

/** The last cause that has a code, else the error itself. */
function rootOf(error: unknown): Thrown {
  return chainOf(error).findLast(({ code }) => typeof code === "string") ?? (error as Thrown);
}

/** The error and its causes. */
function chainOf(error: unknown): Thrown[] {
  const chain: Thrown[] = [];
  for (let one = error; typeof one === "object" && one !== null && chain.length < MAX_CAUSES; one = (one as Thrown).cause) chain.push(one as Thrown);
  return chain;
}
