import type { SourceText } from "../source/source-text.ts";
import { joined, replaceAll, type Mended } from "./mend.ts";

/** JSON Schema's names for types, where the exporter writes them in TypeScript. */
const TYPES: Record<string, string> = { integer: "number", array: "unknown[]", float: "number", double: "number" };

/** Schemas that zod does not have, and names that are no types of TypeScript. */
export function mendSchemas(source: SourceText): Mended {
  return joined([
    replaceAll(source, /\bz\s*\.\s*integer\s*\(/g, () => ({ text: "z.int(", told: "z.integer() does not exist in zod: read as z.int()" })),
    // A list without the type of its elements is refused by the Responses API, and zod cannot make one.
    replaceAll(source, /\bz\s*\.\s*array\s*\(\s*\)/g, () => ({
      text: "z.array(z.string())",
      told: "z.array() does not say of what: read as z.array(z.string())",
    })),
    replaceAll(source, /([{;,]\s*[\w"']+\??\s*:\s*)(integer|array|float|double)(?=\s*[;,}])/g, ([, before, type]) => {
      const isType = TYPES[type!];
      return isType === undefined || isTypeDeclared(source, type!) ? undefined : { text: `${before}${isType}`, told: `${type} is no type of TypeScript: read as ${isType}` };
    }),
  ]);
}

function isTypeDeclared({ code }: SourceText, name: string): boolean {
  return new RegExp(String.raw`\b(?:const|let|var|type|function|class|import)\s+(?:\{[^}]*\b)?${name}\b`).test(code);
}
