import { ChatKitError } from "../../errors.ts";
import { nextTurn } from "./steps.ts";
import { unfilled } from "../unfilled.ts";

/** So many characters are decoded in about a millisecond. */
const SLICE = 512 * 1024;
const [PAD, NONE] = [64, 255] as const;
/** What each byte of a text stands for: a number of six bits, the padding, or nothing. */
const VALUES = new Uint8Array(256).fill(NONE);
for (const [value, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="].entries()) VALUES[character.charCodeAt(0)] = value;

/**
 * Decodes as Python does: other characters are skipped, and missing padding is an error. Others have their turn in between: a recording
 * may have ten megabytes.
 * @throws ChatKitError invalid_request
 */
export async function decodeBase64(text: Uint8Array): Promise<Uint8Array> {
  const decoder = new Decoder(unfilled(Math.ceil((text.length * 3) / 4)));
  for (let at = 0; at < text.length; at += SLICE) {
    if (at > 0) await nextTurn();
    decoder.decode(text, at, Math.min(at + SLICE, text.length));
  }
  return decoder.end();
}

/** Into one array: to join parts afterwards would hold the event loop. */
class Decoder {
  #written = 0;
  /** The bits of the characters that do not make three bytes yet, and how many characters. */
  #bits = 0;
  #held = 0;
  #pads = 0;

  constructor(private readonly bytes: Uint8Array) {}

  decode(text: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      if (this.#held === 0 && this.#pads === 0) at = this.#decodeGroups(text, at, end);
      if (at < end) this.#take(VALUES[text[at]!]!);
    }
  }

  /** Four characters at a time, as long as nothing is between them: five times as fast. Answers where it stopped. */
  #decodeGroups(text: Uint8Array, start: number, end: number): number {
    const { bytes } = this;
    let written = this.#written;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const a = VALUES[text[at]!]!;
      const b = VALUES[text[at + 1]!]!;
      const c = VALUES[text[at + 2]!]!;
      const d = VALUES[text[at + 3]!]!;
      if ((a | b | c | d) >= PAD) break;
      bytes[written] = (a << 2) | (b >> 4);
      bytes[written + 1] = (b << 4) | (c >> 2);
      bytes[written + 2] = (c << 6) | d;
      written += 3;
    }
    this.#written = written;
    return at;
  }

  #take(value: number): void {
    if (value === PAD) this.#pads++;
    if (value >= PAD) return;
    if (this.#pads > 0) throw invalid();
    this.#bits = (this.#bits << 6) | value;
    if (++this.#held === 4) this.#put(16, 8, 0);
  }

  #put(...shifts: number[]): void {
    for (const shift of shifts) this.bytes[this.#written++] = this.#bits >> shift;
    this.#bits = this.#held = 0;
  }

  end(): Uint8Array {
    const isWhole = this.#held === 0 && this.#pads === 0;
    if (!isWhole && (this.#held + this.#pads !== 4 || this.#held < 2)) throw invalid();
    if (this.#held === 3) this.#put(10, 2);
    if (this.#held === 2) this.#put(4);
    // A hook may look at the whole buffer.
    this.bytes.fill(0, this.#written);
    return this.bytes.subarray(0, this.#written);
  }
}

const invalid = () => new ChatKitError("invalid_request", { message: "params.audio_base64: invalid base64" });
