import { dirname, join } from "node:path";
import type { ByteStore } from "../../attachments/byte-store.ts";
import { ModelFiles } from "../../attachments/model-files.ts";
import type { S3Options } from "../../attachments/s3.ts";
import { DEFAULT_RULES, typeRules, type UploadRules } from "../../attachments/upload-rules.ts";
import { OPENAI_URL } from "../../config/openai.ts";
import type { Config } from "../../config/options.ts";

const BESIDE_DATABASE = "attachments";

/**
 * Opens the place for the bytes of files; undefined when there is none. Only the adapter that is needed is loaded.
 * @param warn called when other users of this machine can read them
 */
export async function openAttachments(config: Config, warn?: (message: string) => void): Promise<ByteStore | undefined> {
  const place = config.attachments ?? defaultPlace(config.databaseUrl);
  switch (place.split(":", 1)[0]) {
    case "disk": {
      const { DiskBytes } = await import("../../attachments/disk.ts");
      return new DiskBytes(place.slice("disk:".length).replace(/^\/\//, ""), warn);
    }
    case "s3": {
      const { S3Bytes } = await import("../../attachments/s3.ts");
      return new S3Bytes(bucketOf(place, config));
    }
    case "memory": {
      const { MemoryBytes } = await import("../../attachments/memory.ts");
      return new MemoryBytes();
    }
    default:
      return undefined;
  }
}

/** Whether there is a place for files. */
export function takesFiles({ attachments, databaseUrl }: Config): boolean {
  return (attachments ?? defaultPlace(databaseUrl)) !== "off";
}

function bucketOf(place: string, { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey, s3SessionToken: sessionToken }: Config): S3Options {
  const { hostname: bucket, pathname, searchParams } = new URL(place);
  const setting = (name: string) => searchParams.get(name) ?? undefined;
  const style = setting("style");
  const virtualHosted = style === undefined ? undefined : style === "virtual";
  return { bucket, prefix: pathname.slice(1), endpoint: setting("endpoint"), region: setting("region"), virtualHosted, accessKeyId, secretAccessKey, sessionToken };
}

/** Two machines on one PostgreSQL share no disk, so there somebody has to say where files go. */
function defaultPlace(databaseUrl: string): string {
  const path = /^sqlite:(?:\/\/)?(.*)$/.exec(databaseUrl)?.[1];
  if (path === undefined) return databaseUrl.startsWith("memory:") ? "memory" : "off";
  return path.startsWith(":memory:") ? "memory" : `disk:${join(dirname(path), BESIDE_DATABASE)}`;
}

export function uploadRules(config: Config): UploadRules {
  const { attachmentTypes, maxAttachmentBytes: maxBytes, maxAttachmentsPerMessage: maxPerMessage, maxAttachmentBytesPerUser: maxBytesPerUser } = config;
  const types = attachmentTypes === undefined ? DEFAULT_RULES.types : typeRules(attachmentTypes);
  return { types, maxBytes, maxPerMessage, maxBytesPerUser };
}

/** Where large files are put for the model; undefined when the model server is not one that takes files. */
export function modelFiles({ openaiApiKey, openaiBaseUrl, modelApi, model }: Config): ModelFiles | undefined {
  if (openaiApiKey === undefined || modelApi !== "responses" || model === "demo") return undefined;
  return new ModelFiles({ baseUrl: openaiBaseUrl ?? OPENAI_URL, apiKey: openaiApiKey });
}
