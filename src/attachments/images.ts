import { ChatKitError } from "../errors.ts";
import type { StoredBytes } from "./byte-store.ts";
import { Places } from "./places.ts";

/** Decoded, a pixel takes four bytes: a small file may hold a picture that fills memory (CWE-409). */
const MAX_PIXELS = 50_000_000;
const MAX_SIDE = 30_000;
const PREVIEW_SIDE = 512;
/** Enough for the header of most files. */
const HEADER_BYTES = 256 * 1024;
const DECODING = new Places(2);

/** What browsers show by themselves, and where no script can be inside. */
const SAFE_IMAGES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/apng"]);

export const PREVIEW_TYPE = "image/webp";
export const isSafeImage = (type: string) => SAFE_IMAGES.has(type);
export const isImage = (type: string) => type.startsWith("image/") && type !== "image/svg+xml";

type Dimensions = { width: number; height: number };

/** The size of a picture, by its header alone; undefined when this machine cannot read the format. @throws ChatKitError for one that is too large */
export async function dimensionsOf(stored: StoredBytes): Promise<Dimensions | undefined> {
  const head = await metadataOf(await bytesOf(stored, Math.min(stored.size, HEADER_BYTES)));
  const found = head ?? (stored.size > HEADER_BYTES ? await metadataOf(await stored.all()) : undefined);
  if (found && (found.width * found.height > MAX_PIXELS || Math.max(found.width, found.height) > MAX_SIDE)) {
    throw new ChatKitError("body_too_large", { message: `The picture has ${found.width} × ${found.height} pixels, more than can be shown.` });
  }
  return found;
}

/** A small version without what cameras write into a file (CWE-201), the right way up; undefined when this machine cannot decode it. */
export function previewOf(stored: StoredBytes): Promise<Uint8Array | undefined> {
  return DECODING.within(async () => {
    try {
      const image = new Bun.Image(await stored.all(), { maxPixels: MAX_PIXELS, autoOrient: true });
      return await image.resize(PREVIEW_SIDE, PREVIEW_SIDE, { fit: "inside", withoutEnlargement: true }).webp({ quality: 80 }).bytes();
    } catch {
      return undefined;
    }
  });
}

async function metadataOf(data: Uint8Array): Promise<Dimensions | undefined> {
  try {
    // Nothing is decoded here, so no picture is too large.
    const { width, height } = await new Bun.Image(data, { maxPixels: Infinity }).metadata();
    return { width, height };
  } catch {
    return undefined;
  }
}

async function bytesOf(stored: StoredBytes, end: number): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stored.part(0, end)).arrayBuffer());
}
