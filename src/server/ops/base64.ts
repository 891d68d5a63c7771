import { ChatKitError } from "../../errors.ts";
import { nextTurn } from "../../protocol/json/steps.ts";

const IS_CLEAN = /^[A-Za-z0-9+/=]*$/;
/** For each ASCII code: whether the character is one of base64's. */
const IS_BASE64 = Array.from({ length: 128 }, (_, code) => /[A-Za-z0-9+/=]/.test(String.fromCharCode(code)));
/** So many characters are decoded in about a millisecond. */
const SLICE = 256 * 1024;

let last: Promise<unknown> = Promise.resolve();

/**
 * Decodes as Python does: other characters are skipped, and missing padding is an error. Others have their turn in between: a recording
 * may have ten megabytes. Several are decoded one after another, or each turn would take as long as all of them need for theirs.
 * @throws ChatKitError invalid_request
 */
export function decodeBase64(text: string): Promise<Uint8Array> {
  const mine = last.then(() => decodeInSlices(text));
  last = mine.catch(() => {});
  return mine;
}

/** Into one array: to join the slices afterwards would hold the event loop. */
async function decodeInSlices(text: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let written = 0;
  let rest = "";
  for (let at = 0; at < text.length; at += SLICE) {
    if (at > 0) await nextTurn();
    // Padding is the end.
    if (written % 3 !== 0) throw invalid();
    const characters = rest + base64In(text.slice(at, at + SLICE));
    const whole = characters.length - (characters.length % 4);
    written += decoded(characters.slice(0, whole), bytes.subarray(written));
    rest = characters.slice(whole);
  }
  if (rest !== "") throw invalid(new SyntaxError("incorrect padding"));
  return bytes.subarray(0, written);
}

function decoded(characters: string, into: Uint8Array): number {
  try {
    return into.setFromBase64(characters).written;
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
