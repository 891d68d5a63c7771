import type { Client, Transport } from "@modelcontextprotocol/client";
import { VERSION } from "../../version.ts";
import { isUnreachable } from "./call-fate.ts";
import type { Session } from "./link.ts";

/** A transport that tells why it has ended. */
export type LinkTransport = Transport & { endedBecause?: string | undefined };
/** An open session with an MCP server. */
export type ClientSession = Session & { client: Client; transport: LinkTransport };

type SessionInit = {
  /** A new transport for each try: none can be started twice. */
  transport(): Promise<LinkTransport>;
  /** How long the server may take to answer, in milliseconds. */
  timeoutMs: number;
  /** The most pages of a list of tools. */
  maxListPages: number;
  /** Called when the server says that its tools have changed. */
  onToolsChanged(): void;
  /** Called when the stream of what the server says by itself cannot be opened again. */
  onTrouble(): void;
};

/** What the MCP library says then. */
const STREAM_LOST = /reconnect/i;
/** How long a server may take for the first question, which those of the older protocol do not know: some never answer it. */
const PROBE_MS = 1500;

/**
 * Connects by the newest protocol that the server speaks. A server that does not answer the first question of the new one, refuses it in
 * any way, or ends because of it is connected once more by the old protocol.
 */
export async function openSession(init: SessionInit): Promise<ClientSession> {
  const until = performance.now() + init.timeoutMs;
  try {
    return await connected("auto", init);
  } catch (error) {
    if (isUnreachable(error) || performance.now() >= until) throw error;
    return connected("legacy", init);
  }
}

async function connected(mode: "auto" | "legacy", init: SessionInit): Promise<ClientSession> {
  const { timeoutMs, maxListPages, onToolsChanged, onTrouble } = init;
  const { Client } = await import("@modelcontextprotocol/client");
  const transport = await init.transport();
  const probe = { timeoutMs: Math.min(PROBE_MS, timeoutMs) };
  const client = new Client({ name: "chatkit-server", version: VERSION }, { versionNegotiation: { mode, probe }, listMaxPages: maxListPages });
  client.setNotificationHandler("notifications/tools/list_changed", onToolsChanged);
  try {
    await client.connect(transport, { timeout: timeoutMs });
  } catch (error) {
    await client.close().catch(() => {});
    await transport.close().catch(() => {});
    throw transport.endedBecause === undefined ? error : new Error(transport.endedBecause);
  }
  const session: ClientSession = { client, transport, close: () => closed(client, transport) };
  client.onerror = (error) => void (STREAM_LOST.test(error.message) && onTrouble());
  client.onclose = () => session.onEnd?.(transport.endedBecause ?? "the connection was closed");
  return session;
}

async function closed(client: Client, transport: LinkTransport): Promise<void> {
  client.onclose = () => {};
  if ("terminateSession" in transport) await withinMs((transport.terminateSession as () => Promise<void>)(), 1000).catch(() => {});
  await client.close();
}

async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  await Promise.race([work, Bun.sleep(ms)]);
}
