import { loadConfig } from "../config/load.ts";
import type { Flags, Loaded } from "../config/loaded.ts";
import { ChatKitError } from "../errors.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import { EXIT, type ExitCode, type Output } from "./verbs.ts";

/** Runs a verb over the configured store. What it cannot do is one line for the person who runs it. */
export async function overStore(flags: Flags, { err }: Output, end: (code: ExitCode) => void, work: (loaded: Loaded) => Promise<ExitCode | void>): Promise<void> {
  try {
    // Nothing is served, so the rules for who may ask do not apply.
    end((await work(await loadConfig({ auth: "none", ...flags }))) ?? EXIT.clean);
  } catch (thrown) {
    const isTold = thrown instanceof TransferError || (thrown instanceof ChatKitError && thrown.code === "schema_pending");
    if (!isTold) throw thrown;
    err(`error: ${thrown.message}`);
    end(thrown instanceof ChatKitError ? EXIT.schema : thrown.isMisuse ? EXIT.usage : EXIT.failed);
  }
}
