import { ChatKitError } from "../../errors.ts";
import type { Logger } from "../../server/context.ts";
import { AllowedHosts } from "../allowed-hosts.ts";
import { Throttle } from "../throttle.ts";
import type { Check } from "./checks.ts";

const MAX_SHOWN = 100;

/** Refuses requests for a host name that is not one of this server's; see `AllowedHosts`. */
export function knownHost(names: readonly string[], logger: Logger): Check {
  const allowed = new AllowedHosts(names);
  const throttle = new Throttle();
  return function knownHost(c) {
    const host = c.req.raw.headers.get("host");
    if (allowed.has(host)) return;
    const shown = host!.slice(0, MAX_SHOWN);
    if (throttle.allows(shown)) logger.warn({ host: shown }, "refused: not a name of this server; if it is one, list it in allowed_hosts");
    throw new ChatKitError("unknown_host", { message: `This server is not known as ${JSON.stringify(shown)}. Its operator can list the name in allowed_hosts.` });
  };
}
