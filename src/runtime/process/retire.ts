import type { Listener } from "./listen.ts";
import { sendElsewhere, type Seat } from "./reuse-port.ts";

/** Longer than a handshake takes, and than most clients pause on a connection between two requests. */
const LINGER_MS = 2000;

/**
 * Stops listening without refusing a connection: new ones go to the other processes on the port, requests that have come are answered,
 * and connections that are kept open for more requests end with their next answer.
 */
export async function retire(listener: Listener, seat: Seat | undefined): Promise<void> {
  listener.endConnections();
  if (seat) await sendElsewhere(listener.port, seat);
  await Bun.sleep(LINGER_MS);
  void listener.stop();
}
