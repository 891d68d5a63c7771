import type { AgentInputItem } from "@openai/agents";
import { isRecord, type Json } from "../../protocol/json/values.ts";

/** Fields that came with a tool call and must be sent back with it, and the model and server that they came from. */
export type KeptCall = { from: string; call: Json; message: Json };

/** The key in the metadata of a thread's item. */
export const KEPT = "kept_call";

type Call = Extract<AgentInputItem, { type: "function_call" }>;

/**
 * The key in the `providerData` of a call, which is also part of the state of a paused run. It is this key because both converters of the
 * SDK leave it out: any other would be sent to whichever server is asked next.
 */
const PLACE = "type";

export function withKept<C extends Call>(call: C, kept: KeptCall): C {
  return { ...call, providerData: { [PLACE]: kept } };
}

export function keptOf(call: { providerData?: Json | undefined }): KeptCall | undefined {
  return keptIn(call.providerData?.[PLACE]);
}

/** The same, for a value from a store, which may be anything. */
export function keptIn(value: unknown): KeptCall | undefined {
  const isKept = isRecord(value) && typeof value["from"] === "string" && isRecord(value["call"]) && isRecord(value["message"]);
  return isKept ? (value as KeptCall) : undefined;
}

/** Names a model of a server. A hash, since the address may contain secrets. */
export function originOf(baseURL: string, model: string): string {
  return new Bun.CryptoHasher("sha256").update(`${baseURL}\n${model}`).digest("hex").slice(0, 16);
}
