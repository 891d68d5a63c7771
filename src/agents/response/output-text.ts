/** The text of an output: of a tool's text parts their text, of any other value its JSON. */
export function textOfOutput(output: unknown): string | null {
  const value = typeof output === "string" ? (partsIn(output) ?? output) : output;
  if (typeof value === "string") return value;
  const parts: unknown[] = Array.isArray(value) ? value : [value];
  if (parts.length > 0 && parts.every(isPart)) return parts.map(({ text }) => text ?? "").join("\n") || null;
  return JSON.stringify(value, null, 2) ?? null;
}

/** The parts of an output that the SDK has made a text of. */
function partsIn(output: string): unknown {
  if (!/^\[?\{"type":"(text|image|file)"/.test(output)) return undefined;
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function isPart(value: unknown): value is { type: string; text?: string } {
  return typeof value === "object" && value !== null && "type" in value && ["text", "image", "file"].includes(String(value.type));
}
