import type { Entity } from "@openai/chatkit";
import { describe, expect, test } from "bun:test";
import { acceptList, refusalOf } from "../../../../src/ui/element/composer/accept.ts";
import { contentOf, editable, piecesOf, queryBefore } from "../../../../src/ui/element/composer/content.ts";

const harry = { id: "p1", title: "Harry Potter", group: "People", data: { house: "g" } };
const tags = new Map<string, Entity>([["Harry Potter", harry], ["Harry", { id: "p2", title: "Harry" }]]);

describe("what is typed", () => {
  test("is sent as text and tags, the longer of two titles that fit", () => {
    expect(contentOf("  Ask @Harry Potter and @Harry! ", tags)).toEqual([
      { type: "input_text", text: "Ask " },
      { type: "input_tag", id: "p1", text: "Harry Potter", group: "People", data: { house: "g" }, interactive: false },
      { type: "input_text", text: " and " },
      { type: "input_tag", id: "p2", text: "Harry", data: {}, interactive: false },
      { type: "input_text", text: "!" },
    ]);
  });

  test("with an @ that was not chosen from the list is plain text", () => {
    expect(contentOf("mail me @home", tags)).toEqual([{ type: "input_text", text: "mail me @home" }]);
    expect(contentOf("   ", tags)).toEqual([]);
  });

  test("comes back from what was sent as it was", () => {
    const content = contentOf("Ask @Harry Potter", tags);
    const { text, tags: found } = editable(content);
    expect(text).toBe("Ask @Harry Potter");
    expect(contentOf(text, found)).toEqual(content);
    expect(piecesOf(text, found).map((piece) => piece.text).join("")).toBe(text);
  });

  test.each([
    ["hi @har", 7, { trigger: "@", text: "har", from: 3 }],
    ["@", 1, { trigger: "@", text: "", from: 0 }],
    ["hi @harry pot", 13, { trigger: "@", text: "harry pot", from: 3 }],
    ["me@home", 7, undefined],
    ["/new", 4, { trigger: "/", text: "new", from: 0 }],
    ["a /new", 6, undefined],
    ["hi @har", 2, undefined],
    ["hi @har ", 8, undefined],
    ["ask @Harry Potter about", 23, undefined],
    ["ask @Harry P", 12, undefined],
    ["ask @one two three", 18, undefined],
  ])("%j with the caret at %d looks for %j", (text, caret, expected) => {
    expect(queryBefore(text, caret, tags)).toEqual(expected as ReturnType<typeof queryBefore>);
  });
});

describe("a file", () => {
  const png = { name: "a.PNG", type: "image/png", size: 2000 };
  const rules = (more: object) => ({ enabled: true, ...more });

  test("is accepted by its type or, where the browser knows none, by its ending", () => {
    const accept = { "image/*": [".png"], "text/csv": [".csv"] };
    expect(refusalOf(png, rules({ accept }))).toBeUndefined();
    expect(refusalOf({ name: "t.csv", type: "", size: 1 }, rules({ accept }))).toBeUndefined();
    expect(refusalOf({ name: "t.exe", type: "", size: 1 }, rules({ accept }))).toBe("wrongType");
    expect(refusalOf(png, rules({}))).toBeUndefined();
    expect(acceptList(rules({ accept }))).toBe("image/*,.png,text/csv,.csv");
  });

  test("is as large as the rule for it allows: the exact type before its kind, that before all others", () => {
    expect(refusalOf(png, rules({ maxSize: 1999 }))).toBe("tooLarge");
    expect(refusalOf(png, rules({ maxSize: { "image/png": 2000, "image/*": 1 } }))).toBeUndefined();
    expect(refusalOf(png, rules({ maxSize: { "image/*": 1999, "*": 9999 } }))).toBe("tooLarge");
    expect(refusalOf(png, rules({ maxSize: { "text/*": 1, "": 1999 } }))).toBe("tooLarge");
    expect(refusalOf({ ...png, size: 100 * 1024 ** 2 + 1 }, rules({}))).toBe("tooLarge");
  });
});
