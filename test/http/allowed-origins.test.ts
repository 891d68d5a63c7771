import { describe, expect, test } from "bun:test";
import { ChatKitError } from "../../src/errors.ts";
import { AllowedOrigins } from "../../src/http/allowed-origins.ts";

const listed = (entries: string[], ...origins: string[]) => {
  const allowed = new AllowedOrigins(entries);
  return origins.filter((origin) => allowed.has(origin));
};

describe("origins whose pages may call", () => {
  test("are those that are listed, to the letter", () => {
    const near = ["http://a.example", "https://a.example:8443", "https://a.example.", "https://a.example/", "https://b.a.example", "https://axexample", "null", ""];
    expect(listed(["https://a.example"], "https://a.example", ...near)).toEqual(["https://a.example"]);
    expect(listed(["http://localhost:3000", "http://[::1]:3000"], "http://localhost:3000", "http://[::1]:3000", "http://localhost")).toHaveLength(2);
  });

  test("are those of one label in the place of a wildcard", () => {
    const entries = ["https://*.example.com", "http://*.localhost:3000"];
    const inside = ["https://a.example.com", "https://preview-12.example.com", "http://shop.localhost:3000"];
    const outside = ["https://example.com", "https://a.b.example.com", "https://.example.com", "https://a.example.com.evil.example", "https://evil.example/.example.com"];
    expect(listed(entries, ...inside, ...outside, "http://a.example.com", "https://a.example.com:444", "https://aexample.com")).toEqual(inside);
  });

  test("are those of apps, by their own scheme", () => {
    const apps = ["capacitor://localhost", "ionic://localhost", "tauri://localhost", "http://tauri.localhost", "app://desktop", "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb"];
    expect(listed(apps, ...apps, "capacitor://evil", "capacitor://localhost.evil")).toEqual(apps);
  });

  test("with * are all", () => {
    expect(listed(["*"], "https://a.example", "null")).toHaveLength(2);
    expect(new AllowedOrigins([]).any).toBe(false);
  });

  test.each([
    ...["https://a.example/", "https://a.example/path", "https://a.example:443", "https://A.example", "a.example", "//a.example", "https://", "https://a b.example"],
    ...["https://*", "https://*.com", "https://*.*.example.com", "https://a.*.example.com", "https://a*.example.com", "https://*example.com", "*.example.com", "https://*.1.2.3.4", "**"],
    ...["null", "file://", "file://localhost", "data:text/html", "capacitor://", "capacitor://*", "capacitor://localhost/", "Capacitor://localhost", "https://user@a.example", "https://a.example?x"],
  ])("%p is none", (entry) => {
    expect(() => new AllowedOrigins([entry])).toThrow(ChatKitError);
    expect(() => new AllowedOrigins(["*", entry])).toThrow(ChatKitError);
  });
});
