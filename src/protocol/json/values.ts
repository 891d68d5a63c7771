/** A JSON object from outside, whose fields may be anything. */
export type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the whole text is JSON. */
export function isJson(text: string): boolean {
  return parsed(text) !== undefined;
}

/** The value, or undefined when the text is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
