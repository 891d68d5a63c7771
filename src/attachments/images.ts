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

/** Their headers have one form, which this machine reads on every platform. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(["image/png", "image/apng", "image/gif", "image/webp"]);

export const PREVIEW_TYPE = "image/webp";
export const isSafeImage = (type: string) => SAFE_IMAGES.has(type);
export const isImage = (type: string) => type.startsWith("image/") && type !== "image/svg+xml";

type Dimensions = { width: number; height: number };

/**
 * The size of a picture of that type, by its header alone; undefined when this machine cannot read the format.
 * @throws ChatKitError for one that is too large, or whose header makes no sense
 */
export async function dimensionsOf(stored: StoredBytes, type: string): Promise<Dimensions | undefined> {
  const start = await bytesOf(stored, Math.min(stored.size, HEADER_BYTES));
  let found = await metadataOf(start);
  if (found === "unreadable" && stored.size > HEADER_BYTES) found = await metadataOf(await stored.all());
  if (found === "unreadable" && PLAIN_HEADERS.has(type)) {
    throw new ChatKitError("unsupported_media_type", { message: "The picture is damaged: it does not say how large it is." });
  }
  const known = found === "unreadable" || found === "unknown" ? declaredSize(start) : found;
  if (known && (known.width * known.height > MAX_PIXELS || Math.max(known.width, known.height) > MAX_SIDE)) {
    throw new ChatKitError("body_too_large", { message: `The picture has ${known.width} × ${known.height} pixels, more than can be shown.` });
  }
  return known;
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

async function metadataOf(data: Uint8Array): Promise<Dimensions | "unreadable" | "unknown"> {
  try {
    // Nothing is decoded here, so no picture is too large.
    const { width, height } = await new Bun.Image(data, { maxPixels: Infinity }).metadata();
    return { width, height };
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ERR_IMAGE_TOO_MANY_PIXELS") throw new ChatKitError("body_too_large", { message: "The picture has more pixels than can be shown." });
    return code === "ERR_IMAGE_DECODE_FAILED" ? "unreadable" : "unknown";
  }
}

/** The largest size that an AVIF or HEIC file declares, in its boxes `ispe` (ISO/IEC 23008-12): few machines decode those, browsers do. */
function declaredSize(start: Uint8Array): Dimensions | undefined {
  const view = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  if (view.toString("latin1", 4, 8) !== "ftyp") return undefined;
  let largest: Dimensions | undefined;
  for (let at = view.indexOf("ispe"); at >= 0 && at + 16 <= view.length; at = view.indexOf("ispe", at + 4)) {
    const [width, height] = [view.readUInt32BE(at + 8), view.readUInt32BE(at + 12)];
    if (!largest || width * height > largest.width * largest.height) largest = { width, height };
  }
  return largest;
}

async function bytesOf(stored: StoredBytes, end: number): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stored.part(0, end)).arrayBuffer());
}
