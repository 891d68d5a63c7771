import { describe, expect, test } from "bun:test";
import { imageSource, linkTarget } from "../../../../src/ui/element/markdown/links.ts";

const BASE = "https://page.example/chat";
const SCRIPTS = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
  "vbscript:msgbox(1)",
  "data:text/html,<script>alert(1)</script>",
  "file:///etc/passwd",
  "blob:https://page.example/1",
  "view-source:https://page.example",
];

describe("links", () => {
  test("pages, mails, calls and the page's own links are opened", () => {
    for (const href of ["https://a.example/x?y=z#w", "http://a.example/", "mailto:a@b.example", "tel:+491234", "chatkit-link://open?id=1"]) {
      expect(linkTarget(href, BASE)).toBe(href);
    }
    expect(linkTarget("/orders/1", BASE)).toBe("https://page.example/orders/1");
    expect(linkTarget("//other.example/x", BASE)).toBe("https://other.example/x");
  });

  test("what runs, or is no address of a page, is no link (CWE-79)", () => {
    expect([...SCRIPTS, "https://", "https://bank.example@evil.example/"].map((href) => linkTarget(href, BASE))).not.toContainEqual(expect.anything());
  });
});

describe("images", () => {
  test("no host is asked for an image that the thread does not name (CWE-200)", () => {
    const remote = ["https://evil.example/x.png", "//evil.example/x.png", "/x.png", "http://127.0.0.1/x.png", ...SCRIPTS.filter((one) => !one.startsWith("blob:"))];
    expect(remote.map((src) => imageSource(src))).not.toContainEqual(expect.anything());
    expect(remote.map((src) => imageSource(src, ["good.example"]))).not.toContainEqual(expect.anything());
  });

  test("a host is named as it is, with its port where it has one, or as all below a name", () => {
    const domains = ["Good.example", "*.cdn.example", "local.example:8443", " spaced.example "];
    const allowed = ["https://good.example/a.png", "https://a.cdn.example/b", "https://a.b.cdn.example/b", "https://local.example:8443/c", "https://spaced.example/d"];
    expect(allowed.map((src) => imageSource(src, domains))).toEqual(allowed);
    const others = ["https://good.example.evil.example/", "https://evilgood.example/", "https://cdn.example/", "https://evilcdn.example/", "https://local.example/", "https://u@good.example/", "ftp://good.example/x"];
    expect(others.map((src) => imageSource(src, domains))).not.toContainEqual(expect.anything());
  });

  test("an odd name allows nothing", () => {
    for (const domain of ["", "*", "*.", "*.example", ".", "https://good.example", "good.*"]) {
      expect(imageSource("https://good.example/x.png", [domain])).toBeUndefined();
    }
  });

  test("an image that is in the text itself is fetched from nobody", () => {
    expect(imageSource("data:image/png;base64,AAAA")).toBe("data:image/png;base64,AAAA");
    expect(imageSource("data:text/html;base64,AAAA")).toBeUndefined();
  });
});
