import { ChatKitError } from "../../errors.ts";

export type Host = { path: string } | { host: string; port: number };

const ATTRS = /(?<=[?&])target_session_attrs=([^&#]*)&?/;
const LOOK_AGAIN_MS = 200;

/**
 * Takes `target_session_attrs` out of a database URL: the driver takes every standby for a server that can be written to.
 * @throws ChatKitError config_invalid for a value with which nothing could be written
 */
export function sessionAttrs(url: string): { url: string; mustWrite: boolean } {
  const [, attrs] = ATTRS.exec(url) ?? [];
  if (attrs !== undefined && attrs !== "read-write" && attrs !== "primary") {
    throw new ChatKitError("config_invalid", { message: "target_session_attrs of a database URL can only be read-write, since this server writes." });
  }
  return { url: url.replace(ATTRS, ""), mustWrite: attrs !== undefined };
}

/**
 * The first host that takes writes. All are looked at, again and again: while one is being promoted, none does.
 * @param look throws when the host takes no writes
 * @throws what the last look at one of the hosts threw, when none takes writes in that time
 */
export async function writableHost(hosts: Host[], look: (host: Host) => Promise<void>, withinMs: number): Promise<Host> {
  const deadline = Date.now() + withinMs;
  let isFound = false;
  const looks = hosts.map(async (host) => {
    for (;;) {
      try {
        await look(host);
        return host;
      } catch (error) {
        if (isFound || Date.now() + LOOK_AGAIN_MS > deadline) throw error;
      }
      await Bun.sleep(LOOK_AGAIN_MS);
    }
  });
  try {
    return await Promise.any(looks);
  } catch (error) {
    throw (error as AggregateError).errors[0];
  } finally {
    isFound = true;
  }
}
