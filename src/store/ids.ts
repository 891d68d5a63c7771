import type { SigningKey, StoreItemType } from "./store.ts";

/** The prefixes of the Python SDK. An item type that is not listed has the prefix of messages there, too. */
const PREFIX: Partial<Record<StoreItemType | "thread", string>> = {
  thread: "thr",
  tool_call: "tc",
  client_tool_call: "tc",
  workflow: "wf",
  task: "tsk",
  attachment: "atc",
  sdk_hidden_context: "shcx",
};

/** A prefix and a version 7 UUID in hex: unique across processes, and ordered by time, so that new rows go to the end of an index. */
export function generateId(type: StoreItemType | "thread"): string {
  return `${PREFIX[type] ?? "msg"}_${Bun.randomUUIDv7("hex").replaceAll("-", "")}`;
}

export function newSigningKey(): SigningKey {
  return { id: crypto.getRandomValues(new Uint8Array(4)).toHex(), secret: crypto.getRandomValues(new Uint8Array(32)).toHex() };
}
