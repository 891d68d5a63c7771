import { describe, expect, test } from "bun:test";
import { realType } from "../../src/attachments/real-type.ts";
import { PDF, PNG } from "../support/files.ts";

const text = (content: string) => new TextEncoder().encode(content);
const hex = (content: string) => Uint8Array.fromHex(content.replaceAll(" ", ""));
const JPEG = hex("ff d8 ff e0 00 10 4a 46 49 46 00 01");
const ZIP = hex("50 4b 03 04 14 00 00 00 08 00 00 00 21 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 61 00");
const CFB = hex("d0 cf 11 e0 a1 b1 1a e1 00 00 00 00 00 00 00 00");
const UNKNOWN = hex("00 01 02 03 04 05 06 07 08 00 00 00");
const HTML = text("<!doctype html><script>alert(1)</script>");
const SVG = text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

describe("what a file is", () => {
  test.each([
    ["a PNG", PNG, "image/png", "image/png"],
    ["a JPEG by its other name", JPEG, "image/jpg", "image/jpg"],
    ["a PDF", PDF, "application/pdf", "application/pdf"],
    ["text", text("a,b\n1,2\n"), "text/csv", "text/csv"],
    ["a CSV as Windows calls it", text("a;b\n"), "application/vnd.ms-excel", "text/csv"],
    ["JSON", text("{}"), "application/json", "application/json"],
    ["UTF-16 text", hex("ff fe 61 00 62 00"), "text/plain", "text/plain"],
    ["Latin-1 text", hex("67 72 fc df 65"), "text/plain", "text/plain"],
    ["a Word file of before 2007", CFB, "application/msword", "application/msword"],
    ["a Word file", ZIP, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ["an SVG, which is text", SVG, "image/svg+xml", "image/svg+xml"],
    ["HTML, which is text", HTML, "text/html", "text/html"],
    ["what a client does not know", PNG, "application/octet-stream", "image/png"],
    ["text that a client does not know", text("hi"), "application/octet-stream", "text/plain"],
    ["bytes that nobody knows, of a type that nobody can check", UNKNOWN, "application/x-own", "application/x-own"],
  ])("%s passes", async (_, head, claimed, found) => {
    expect(await realType(head, claimed)).toBe(found);
  });

  test.each([
    ["HTML as a picture", HTML, "image/png"],
    ["an SVG as a PNG", SVG, "image/png"],
    ["HTML as a PDF", HTML, "application/pdf"],
    ["a JPEG as a PNG", JPEG, "image/png"],
    ["a PNG as text", PNG, "text/plain"],
    ["an archive as a picture", ZIP, "image/jpeg"],
    ["an archive as text", ZIP, "text/plain"],
    ["a program as a PDF", hex("7f 45 4c 46 02 01 01 00"), "application/pdf"],
    ["a program as a document", hex("4d 5a 90 00 03 00 00 00"), "application/msword"],
    ["bytes that nobody knows as a picture", UNKNOWN, "image/webp"],
    ["bytes that nobody knows as text", UNKNOWN, "text/csv"],
    ["bytes that nobody knows as a sheet", UNKNOWN, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ])("CWE-434: %s is refused", async (_, head, claimed) => {
    await expect(realType(head, claimed)).rejects.toMatchObject({ code: "unsupported_media_type", status: 415 });
  });
});
