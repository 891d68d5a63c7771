/** White space byte → its code. A code is white space, too, so that the line is the same JSON; no code is the beginning of another. */
const CODES: Record<string, string> = { "\n": "\t ", "\t": "\t\t ", "\r": "\t\t\t" };

/**
 * A JSON value as one line. JSON has line breaks only between tokens, never inside a string. Here they are replaced by tabs and spaces,
 * in a way that can be undone, so that nothing of what was served is lost. A value without line breaks and tabs keeps its bytes.
 */
export function toLine(json: Uint8Array): Uint8Array {
  if (!Object.keys(CODES).some((code) => json.includes(code.charCodeAt(0)))) return json;
  // In latin1 every byte is one character, and is the same byte again when it is written.
  const text = Buffer.from(json.buffer, json.byteOffset, json.length).toString("latin1");
  return Buffer.from(
    text.replace(/[\n\t\r]/g, (byte) => CODES[byte]!),
    "latin1",
  );
}
