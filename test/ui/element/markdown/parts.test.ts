import { describe, expect, test } from "bun:test";
import { cutIntoParts, type Part } from "../../../../src/ui/element/markdown/parts.ts";
import { parseBlocks } from "../../../../src/ui/element/markdown/parse.ts";

const PARAGRAPH = `${"Words of a paragraph that goes on. ".repeat(20)}\n\n`;
const LIST = Array.from({ length: 60 }, (_, i) => `${i + 1}. An item of a long list\n\n   with a second paragraph\n\n`).join("");
const CODE = `\`\`\`ts\n${"const a = 1;\n\n".repeat(1500)}\`\`\`\n\n`;
const FORMULA = `$$\n${"a + b \\\\\n\n".repeat(300)}$$\n\n`;
const TABLE = `| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(400)}\n`;

/** Code and formulas that are too long for one part: in many lines, in one, and in one that opens no end. */
const HUGE = [`\`\`\`ts\n${"const a = 1;\n".repeat(50_000)}\`\`\`\n`, `$$\n${"a+".repeat(400_000)}\n$$\n`, `${"`".repeat(600_000)}\n${"![[](".repeat(200_000)}`];

describe("the parts of a text", () => {
  test("are the text, whatever it is", () => {
    for (const text of ["", "\n", "a", PARAGRAPH.repeat(9), LIST, CODE + LIST, "x".repeat(100_000), "\n".repeat(50_000), "> ".repeat(40_000), "```\n".repeat(9000), ...HUGE]) {
      const parts = cutIntoParts(text);
      expect(parts.map(({ source }) => source).join("")).toBe(text);
      expect(Math.max(0, ...parts.map(({ source }) => source.length))).toBeLessThanOrEqual(524_288);
    }
  });

  test("lists, code, formulas and tables are not cut in two", () => {
    for (const whole of [LIST, CODE, FORMULA, TABLE]) {
      const text = `${PARAGRAPH.repeat(3)}${whole}And then the end.\n`;
      const kinds = cutIntoParts(text).flatMap(({ source }, index) => parseBlocks(source, index, {}).map(({ node }) => node.type));
      expect(kinds).toEqual(parseBlocks(text, 0, {}).map(({ node }) => node.type));
    }
  });

  test("what has come before stays the same objects while a text grows, wherever it stops", () => {
    const text = PARAGRAPH.repeat(3) + LIST + CODE + PARAGRAPH + TABLE + PARAGRAPH.repeat(3);
    let parts: Part[] = [];
    for (let length = 0; length <= text.length + 36; length += 37) {
      const next = cutIntoParts(text.slice(0, length), parts);
      expect(next.slice(0, parts.length - 1)).toEqual(parts.slice(0, -1));
      expect(next.length === 0 || parts.slice(0, -1).every((part, index) => part === next[index])).toBe(true);
      parts = next;
    }
    expect(parts).toEqual(cutIntoParts(text));
  });
});
