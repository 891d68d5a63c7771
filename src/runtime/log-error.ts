import { MASK } from "../config/mask.ts";

type LoggedError = { type: string; message: string; stack?: string; code?: unknown; status?: unknown; cause?: LoggedError };

const MAX_CAUSES = 5;

/**
 * An error as it is logged: what it is, where, and why. Other fields of it stay out, since clients hang whole requests on
 * their errors, keys and messages included; and a server that refuses a key may well quote it.
 */
export function errorSerializer(secrets: readonly string[]): (thrown: unknown) => LoggedError {
  const masked = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  const serialize = (thrown: unknown, depth: number): LoggedError => {
    if (!(thrown instanceof Error)) return { type: typeof thrown, message: masked(inWords(thrown)) };
    const { code, status, cause } = thrown as Error & { code?: unknown; status?: unknown };
    return {
      type: thrown.name,
      message: masked(thrown.message),
      ...(thrown.stack !== undefined && { stack: masked(thrown.stack) }),
      ...(code !== undefined && { code }),
      ...(status !== undefined && { status }),
      ...(cause !== undefined && depth < MAX_CAUSES && { cause: serialize(cause, depth + 1) }),
    };
  };
  return (thrown) => serialize(thrown, 0);
}

/** Not its fields, for the same reason. */
function inWords(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // An object without a prototype, or one whose own words throw.
    return Object.prototype.toString.call(thrown);
  }
}
