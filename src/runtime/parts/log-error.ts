import { MASK } from "../../config/mask.ts";
import { thrownInWords } from "../../errors.ts";

export type LoggedError = { type: string; message: string; stack?: string; code?: unknown; status?: unknown; cause?: LoggedError };

const MAX_CAUSES = 5;

/**
 * An error as it is logged: type, message, stack, code, status and causes. Other fields are left out, since HTTP clients attach whole
 * requests to their errors, with keys and messages. Secrets are masked, since a server that refuses a key may quote it.
 */
export function errorSerializer(secrets: readonly string[]): (thrown: unknown) => LoggedError {
  const masked = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  const serialize = (thrown: unknown, depth: number): LoggedError => {
    if (!(thrown instanceof Error)) return { type: typeof thrown, message: masked(thrownInWords(thrown)) };
    const { code, status, cause } = thrown as Error & { code?: unknown; status?: unknown };
    return {
      // Many classes leave the name to be "Error".
      type: thrown.name === "Error" ? thrown.constructor.name : thrown.name,
      message: masked(thrown.message),
      ...(thrown.stack !== undefined && { stack: masked(thrown.stack) }),
      ...(code !== undefined && { code }),
      ...(status !== undefined && { status }),
      ...(cause !== undefined && depth < MAX_CAUSES && { cause: serialize(cause, depth + 1) }),
    };
  };
  return (thrown) => serialize(thrown, 0);
}
