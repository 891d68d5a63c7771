import { ChatKitError, type ErrorCode } from "../../errors.ts";
import type { Check } from "./checks.ts";

/** Refuses every request as long as `holds` returns true. */
export function refuseWhile(holds: () => boolean, code: ErrorCode): Check {
  return function refuseWhile() {
    if (holds()) throw new ChatKitError(code);
  };
}
