import { describe, expect, test } from "bun:test";
import { highlighter, runsOf } from "../../../../src/ui/element/markdown/highlight.ts";
import { languageNamed } from "../../../../src/ui/element/markdown/languages.ts";
import { parseBlocks, type Node, type Shared } from "../../../../src/ui/element/markdown/parse.ts";
import { repaired } from "../../../../src/ui/element/markdown/repair.ts";

const blocks = (source: string, shared: Shared = {}) => parseBlocks(source, 0, shared);
const all = (nodes: Node[]): Node[] => nodes.flatMap((node) => [node, ...all(node.children)]);
const formulas = (source: string) => all(blocks(source).map(({ node }) => node)).filter(({ type }) => type.startsWith("math")).map(({ token }) => token.content.trim());

describe("Markdown", () => {
  test("formulas are read as models write them, and prices are none", () => {
    expect(formulas("It is $a+b$, \\(c\\) and\n\n$$\nd\n$$\n\n\\[e\n+f\\]\n\n- in a list $$g$$")).toEqual(["a+b", "c", "d", "e\n+f", "g"]);
    expect(formulas("From $5 to $10, US$20 or $30-$40; `$x$`, $5 for one and 10$ for two and \\$y\\$")).toEqual([]);
  });

  test("a heading is never more than one level below the one before it", () => {
    const levels = (text: string) => blocks(text).map(({ node }) => node.token.meta?.["level"]);
    expect(levels("# a\n\n### b\n\n#### c\n\n# d\n\n## e")).toEqual([4, 5, 6, 4, 5]);
    expect(levels("### a\n\n## b\n\n###### c")).toEqual([4, 4, 5]);
  });

  test("reading the last part again and again while it grows changes no level", () => {
    const shared: Shared = {};
    parseBlocks("# a", 0, shared);
    for (let time = 0; time < 5; time++) expect(parseBlocks("#### b", 1, shared)[0]!.node.token.meta).toEqual({ level: 5 });
  });

  test("what stands between two tags is one block with them", () => {
    const found = blocks("<details>\n<summary>a</summary>\n\n**b**\n\n</details>\n\nc");
    expect(found.map(({ node }) => node.type)).toEqual(["html_block", "paragraph"]);
    expect(found[0]!.source).toContain("</details>");
  });

  test("a line that is too long to be read is shown as it stands", () => {
    const inline = blocks("[".repeat(9000))[0]!.node.children[0]!;
    expect(inline.children.map(({ type }) => type)).toEqual(["text"]);
  });

  test("hostile texts end, however they are made", () => {
    for (const piece of ["[", "![", "*a **a ", "_a __b ", "> ", "- ", "<a ", "<!--", "[a](", "|", "~a~~", "&", "http://a.", "$a ", "\\", "`", "**a*b", "\n a", "[a]: b\n", "<div>\n\n"]) {
      const started = performance.now();
      blocks(piece.repeat(Math.ceil(8192 / piece.length)));
      expect(performance.now() - started, piece).toBeLessThan(10_000);
    }
  }, 60_000);
});

describe("Markdown that has not ended", () => {
  test.each([
    ["some **bold", "some **bold**"],
    ["a `code", "a `code`"],
    ["see [the page](https://a.exam", "see the page"],
    ["a ~~mistake", "a ~~mistake~~"],
    ["**closed** before\n\nand *open", "**closed** before\n\nand *open*"],
    ["```js\nconst a = `**", "```js\nconst a = `**"],
    ["```js\na\n``", "```js\na\n"],
  ])("%j is shown as %j", (given, shown) => {
    expect(repaired(given)).toBe(shown);
  });
});

describe("highlighting", () => {
  test("what the library writes becomes text with kinds, whatever the code says", async () => {
    const code = `<script>alert("&amp;")</script> <span class="hljs-x">'</span>`;
    for (const language of ["xml", "javascript", "python"]) {
      const runs = (await highlighter(language))(code);
      expect(runs.map(({ text }) => text).join("")).toBe(code);
    }
    expect(runsOf(`<span class="hljs-a">x<span class="hljs-b">y</span></span>z`)).toEqual([
      { text: "x", kind: "hljs-a" },
      { text: "y", kind: "hljs-a hljs-b" },
      { text: "z", kind: "" },
    ]);
  });

  test("languages are known by the names that people write, and no others", () => {
    expect(["JS", "py", "c++", "yml", "html"].map(languageNamed)).toEqual(["javascript", "python", "cpp", "yaml", "xml"]);
    expect(["", "klingon", "constructor", "__proto__", "toString"].map(languageNamed)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
