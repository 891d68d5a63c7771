/** What stands for a byte that a line cannot hold: white space again, so that the line stays the same JSON. None begins another. */
const CODES: Record<string, string> = { "\n": "\t ", "\t": "\t\t ", "\r": "\t\t\t" };

/**
 * A JSON value as one line, without its end. Servers that print their JSON with line breaks put them between tokens only: a
 * string has none raw. Here they become tabs and spaces in a way that can be undone, so nothing of what was served is lost;
 * a value without them stays the very bytes it is.
 */
export function toLine(json: Uint8Array): Uint8Array {
  if (!Object.keys(CODES).some((code) => json.includes(code.charCodeAt(0)))) return json;
  // As latin1 every byte is a character, and comes back as the byte it was.
  const text = Buffer.from(json.buffer, json.byteOffset, json.length).toString("latin1");
  return Buffer.from(
    text.replace(/[\n\t\r]/g, (byte) => CODES[byte]!),
    "latin1",
  );
}
