import { isIP } from "node:net";
import type { Loaded } from "./load.ts";

/** What must hold between options. Adds a line to `problems` for each rule that is broken, and warnings to what was loaded. */
export function crossChecks({ config, origins, warnings }: Loaded, problems: string[]): void {
  if (!isLoopback(config.host) && origins.auth === "default") {
    const ways = "--auth header, --auth jwt, or --auth none to let everybody in";
    problems.push(`${config.host} can be reached by others: say who may ask, with ${ways}`);
  }
  if (config.heartbeat >= config.writeTimeout) {
    problems.push("heartbeat must be shorter than write_timeout: a quiet stream would be taken for a stuck one");
  }
  if (config.corsOrigins.includes("*")) {
    warnings.push("cors_origins is *: every web page may call this server, without credentials");
  }
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "localhost" || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
}
