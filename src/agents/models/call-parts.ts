import { isRecord, parsed } from "../../protocol/json/values.ts";

/** Nine letters and digits, as Mistral demands; every other server accepts that. */
export function newCallId(): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => alphabet[byte % alphabet.length]).join("");
}

/** The name in characters that the SDK accepts. A tool with other ones does not exist, which the model will be told. */
export function nameOf(name: string): string {
  return name.trim().replace(/[^a-zA-Z0-9_-]/g, "_") || "unnamed";
}

/** The arguments as JSON. They may be missing, empty or null when there are none, JSON in a JSON string, or follow a `{}` (Bedrock). */
export function argumentsOf(given: string): string {
  const text = given.trim().replace(/^\{\}(?=\{)/, "");
  const value = text === "" ? null : parsed(text);
  if (value === null) return "{}";
  return typeof value === "string" && isRecord(parsed(value)) ? value : text;
}
