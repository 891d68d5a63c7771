import { gunzipSync } from "node:zlib";
import { declarations } from "../../../.ci/declarations.ts" with { type: "macro" };

export function embeddedTypes(): Record<string, string> {
  return JSON.parse(gunzipSync(Buffer.from(declarations(), "base64")).toString()) as Record<string, string>;
}
