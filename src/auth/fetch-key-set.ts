import type { JWK } from "jose";

const TIMEOUT_MS = 5000;
/** The largest sets in use have some 20 keys and 40 KiB. */
const MAX_BYTES = 256 * 1024;

/** The keys that are published at an address. @throws Error that says what is wrong */
export async function fetchKeySet(url: string): Promise<JWK[]> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // A redirect is not followed: it could lead into the network behind this server (CWE-918).
    redirect: "manual",
    // The size of the unpacked answer would not be known beforehand.
    decompress: false,
    headers: { accept: "application/jwk-set+json, application/json", "accept-encoding": "identity" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the answer has status ${response.status}`);
  }
  const keys = keysOf(await textOf(response));
  if (keys === undefined) throw new Error("the answer is no key set");
  return keys;
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop closes the connection.
    if (bytes > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function keysOf(text: string): JWK[] | undefined {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    return Array.isArray(keys) ? (keys as JWK[]) : undefined;
  } catch {
    return undefined;
  }
}
