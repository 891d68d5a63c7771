import type { Listener } from "./listen.ts";
import { sendElsewhere, type Seat } from "./reuse-port.ts";

/** Longer than most clients leave a connection unused and then use it again, and than a handshake that has begun takes. */
const LINGER_MS = 2000;

/**
 * Leaves new connections to the others that share the port, without refusing any. What has come by now is answered, connections that
 * are kept for more requests end with their next answer, and then it stops listening.
 */
export async function retire(listener: Listener, seat: Seat | undefined): Promise<void> {
  listener.endConnections();
  if (seat) await sendElsewhere(listener.port, seat);
  await Bun.sleep(LINGER_MS);
  void listener.stop();
}
