import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load.ts";

const problem = (env: Record<string, string>) => loadConfig({}, env).then(() => "none", (error: Error) => error.message);

describe("where files go", () => {
  test.each(["disk:files", "disk:/var/lib/chat/files", "memory", "off"])("%s is a place", async (place) => {
    expect((await loadConfig({}, { CHATKIT_ATTACHMENTS: place })).config.attachments).toBe(place);
  });

  test.each(["disk:", "disk", "/files", "s3:bucket", "s3://", "s3://bucket?secret=1", "s3://bucket?endpoint=nowhere", "s3://bucket?style=odd", "ftp://x"])("%s is none", async (place) => {
    expect(await problem({ CHATKIT_ATTACHMENTS: place })).toContain("CHATKIT_ATTACHMENTS: expected disk:PATH, s3://bucket/prefix, memory or off");
  });

  test("a bucket needs a key, and several processes a place that they share", async () => {
    const bucket = "s3://files/chat?endpoint=https://minio.example.com:9000&style=path&region=eu";
    expect(await problem({ CHATKIT_ATTACHMENTS: bucket })).toContain("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    expect(await problem({ CHATKIT_ATTACHMENTS: bucket, AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" })).toBe("none");
    expect(await problem({ CHATKIT_ATTACHMENTS: "memory", CHATKIT_WORKERS: "2" })).toContain("workers needs attachments that processes can share");
  });
});

describe("the types of files", () => {
  test("have a size of their own if need be", async () => {
    const { config } = await loadConfig({}, { CHATKIT_ATTACHMENT_TYPES: "image/*:10MiB, application/pdf,Text/*" });
    expect(config.attachmentTypes).toEqual([`image/*:${10 * 1024 ** 2}`, "application/pdf", "text/*"]);
  });

  test.each(["image", "*/*", "image/*:big", "image/*:", "a b/c"])("%s is none", async (type) => {
    expect(await problem({ CHATKIT_ATTACHMENT_TYPES: type })).toContain("CHATKIT_ATTACHMENT_TYPES: expected ");
  });
});
