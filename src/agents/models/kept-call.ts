import type { AgentInputItem } from "@openai/agents";
import { isRecord, type Json } from "./json.ts";

/** What came with a tool call and has to come back with it, and from which model of which server. */
export type KeptCall = { from: string; call: Json; message: Json };

/** Under which name it is in the metadata of an item of the thread. */
export const KEPT = "kept_call";

type Call = Extract<AgentInputItem, { type: "function_call" }>;

/**
 * Beside a call it is kept where the SDK keeps what a provider has said: so it is in the state of a paused run, too. Under this name,
 * since both of the SDK's converters leave that one out and would send any other on, to whatever server is asked next.
 */
const PLACE = "type";

export function withKept<C extends Call>(call: C, kept: KeptCall): C {
  return { ...call, providerData: { [PLACE]: kept } };
}

export function keptOf(call: { providerData?: Json | undefined }): KeptCall | undefined {
  return keptIn(call.providerData?.[PLACE]);
}

/** The same from a store, where it may be anything. */
export function keptIn(value: unknown): KeptCall | undefined {
  const isKept = isRecord(value) && typeof value["from"] === "string" && isRecord(value["call"]) && isRecord(value["message"]);
  return isKept ? (value as KeptCall) : undefined;
}

/** A model of a server, by a name without secrets: an address may hold some. */
export function originOf(baseURL: string, model: string): string {
  return new Bun.CryptoHasher("sha256").update(`${baseURL}\n${model}`).digest("hex").slice(0, 16);
}
