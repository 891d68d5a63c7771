import type { Command } from "commander";
import { loadConfig } from "../config/load.ts";
import type { Flags } from "../config/loaded.ts";
import { maskUrl } from "../config/mask.ts";
import { httpUrl } from "../config/values.ts";
import { addFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Output } from "./verbs.ts";

const TIMEOUT_MS = 5000;

/** For a container's HEALTHCHECK: an image without a shell has no curl either. */
export function healthVerb(program: Command, { out, err }: Output, end: (code: ExitCode) => void): void {
  const command = program.command("health").description("ask a running server whether it is ready; exit code 0 when it is, 1 when not");
  addFlags(command, ["config", "host", "port"])
    .option("--url <url>", "address of the server (default: the one configured)")
    .option("--json", "as JSON")
    .action(async ({ url, json, ...flags }: Flags & { url?: string; json?: true }) => {
      const given = url === undefined ? await configured(flags) : httpUrl(url);
      const problem = await probe(`${given}/readyz`);
      const address = maskUrl(given);
      if (json) out(JSON.stringify({ ready: problem === undefined, address, ...(problem && { reason: problem }) }));
      else if (problem === undefined) out(`ready: ${address}`);
      else err(`not ready: ${address}: ${problem}`);
      end(problem === undefined ? EXIT.clean : EXIT.failed);
    });
}

async function configured(flags: Flags): Promise<string> {
  // Only the address is needed. With `none` given, the rule that a public address needs an authentication does not apply.
  const { config } = await loadConfig({ auth: "none", ...flags });
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host === "::" ? "[::1]" : config.host;
  return `http://${host}:${config.port}`;
}

async function probe(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
    return response.ok ? undefined : `HTTP ${response.status}`;
  } catch (thrown) {
    return thrown instanceof Error && thrown.name === "TimeoutError" ? `no answer within ${TIMEOUT_MS / 1000} s` : "no connection";
  }
}
