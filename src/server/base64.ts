import { ChatKitError } from "../errors.ts";
import { nextTurn } from "../protocol/json-steps.ts";

const IS_CLEAN = /^[A-Za-z0-9+/=]*$/;
/** For each ASCII code: whether the character is one of base64's. */
const IS_BASE64 = Array.from({ length: 128 }, (_, code) => /[A-Za-z0-9+/=]/.test(String.fromCharCode(code)));
/** So many characters are decoded in about a millisecond. */
const SLICE = 256 * 1024;

/**
 * Decodes as Python does: other characters are skipped, and missing padding is an error. Others have their turn in between: a recording
 * may have ten megabytes. @throws ChatKitError invalid_request
 */
export async function decodeBase64(text: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let rest = "";
  for (let at = 0; at < text.length; at += SLICE) {
    if (at > 0) await nextTurn();
    const characters = rest + base64In(text.slice(at, at + SLICE));
    const whole = characters.length - (characters.length % 4);
    // Padding is the end.
    if (parts.length > 0 && parts.at(-1)!.byteLength % 3 !== 0) throw invalid();
    parts.push(decoded(characters.slice(0, whole)));
    rest = characters.slice(whole);
  }
  if (rest !== "") throw invalid(new SyntaxError("incorrect padding"));
  return parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts));
}

function decoded(characters: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(characters);
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause?: unknown): ChatKitError {
  return new ChatKitError("invalid_request", { message: "params.audio_base64: invalid base64", cause });
}

// A loop, not `replace` with a regular expression: that held the event loop for 60 ms with a megabyte of which half is skipped.
function base64In(text: string): string {
  if (IS_CLEAN.test(text)) return text;
  const kept = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (IS_BASE64[code]) kept[length++] = code;
  }
  return Buffer.from(kept.buffer, 0, length).toString("latin1");
}
