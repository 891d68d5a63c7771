import { ChatKitError, type ErrorCode } from "../../errors.ts";
import type { Check } from "./checks.ts";

/** Takes no work while that holds. */
export function refuseWhile(holds: () => boolean, code: ErrorCode): Check {
  return function refuseWhile() {
    if (holds()) throw new ChatKitError(code);
  };
}
