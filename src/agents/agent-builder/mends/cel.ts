import type { SourceText } from "../source/source-text.ts";
import type { Body } from "../source/workflow-body.ts";
import { joined, replaceAll, type Mended } from "./mend.ts";

/** Methods of CEL, in which conditions are written in Agent Builder, that JavaScript has under another name. */
const METHODS: [cel: RegExp, js: string][] = [
  [/\.\s*lower\s*\(\s*\)/g, ".toLowerCase()"],
  [/\.\s*(?:lowerAscii)\s*\(\s*\)/g, ".toLowerCase()"],
  [/\.\s*upper(?:Ascii)?\s*\(\s*\)/g, ".toUpperCase()"],
  [/\.\s*contains\s*\(/g, ".includes("],
  [/\.\s*matches\s*\(/g, ".match("],
  [/\.\s*size\s*\(\s*\)/g, ".length"],
];
/** Macros over lists: `names.exists(n, n == "x")`. */
const MACROS: Record<string, string> = { exists: "some", all: "every", filter: "filter", map: "map" };
const CONVERSIONS: Record<string, string> = { string: "String", int: "Math.trunc", double: "Number", bool: "Boolean" };

/** Expressions that the exporter has copied as CEL into the code of the workflow. */
export function mendCel(source: SourceText, body: Body): Mended {
  const told = (cel: string, js: string) => ({ text: js, told: `${cel.replace(/\s+/g, "")} is CEL and not JavaScript: read as ${js}` });
  const methods = METHODS.map(([cel, js]) => replaceAll(source, cel, ([found]) => told(found, js), body));
  const macros = replaceAll(
    source,
    /\.\s*(exists|all|filter|map)\s*\(\s*([A-Za-z_]\w*)\s*,\s*/g,
    ([, macro, name]) => (source.code.includes(`${name} =>`) ? undefined : { text: `.${MACROS[macro!]}((${name}) => `, told: `.${macro}(${name}, …) is CEL and not JavaScript: read as .${MACROS[macro!]}((${name}) => …)` }),
    body,
  );
  return joined([...methods, macros, unmendable(source, body), sizes(source, body), conversions(source, body), membership(source, body), presence(source, body)]);
}

/** Functions of CEL for which JavaScript has nothing that could simply be put in their place. */
function unmendable(source: SourceText, body: Body): Mended {
  const mended: Mended = { edits: [], defects: [] };
  for (const match of source.code.slice(body.start, body.end).matchAll(/(?<![.\w])(timestamp|duration|dyn|uint|matches)\s*\(|\.\s*(exists_one|existsOne)\s*\(/g)) {
    const name = match[1] ?? match[2]!;
    if (match[1] !== undefined && isDeclared(source, name)) continue;
    const text = `${name}(…) is CEL and not JavaScript: write the condition in JavaScript`;
    mended.defects.push({ line: source.lineOf(body.start + match.index), text, isMended: false });
  }
  return mended;
}

/** `size(x)`, the length of a text, a list or a map. */
function sizes(source: SourceText, body: Body): Mended {
  if (isDeclared(source, "size")) return { edits: [], defects: [] };
  const read = "((it) => (typeof it === \"string\" || Array.isArray(it) ? it.length : Object.keys(it ?? {}).length))(";
  return replaceAll(source, /(?<![.\w])size\s*\(/g, () => ({ text: read, told: "size(…) is CEL and not JavaScript: read as the length" }), body);
}

function conversions(source: SourceText, body: Body): Mended {
  return replaceAll(
    source,
    /(?<![.\w])(string|int|double|bool)\s*\(/g,
    ([, name]) => {
      if (isDeclared(source, name!)) return undefined;
      const js = CONVERSIONS[name!]!;
      return { text: `${js}(`, told: `${name}(…) is CEL and not JavaScript: read as ${js}(…)` };
    },
    body,
  );
}

/** `x in [a, b]`: in JavaScript this asks for an index and not for an element. */
function membership(source: SourceText, body: Body): Mended {
  const mended: Mended = { edits: [], defects: [] };
  for (const match of source.code.slice(body.start, body.end).matchAll(/((?:[\w$.?!]|\[\d+\]|"\s*"|'\s*')+)\s+in\s+(?=\[|(?:state|workflow)\.)/g)) {
    const start = body.start + match.index;
    if (/\b(?:const|let|var)\s+$/.test(source.code.slice(start - 6, start))) continue;
    const from = start + match[0].length;
    const end = source.code[from] === "[" ? source.closing(from) + 1 : from + /^[\w$.]+/.exec(source.code.slice(from))![0].length;
    const [element, list] = [source.text.slice(start, start + match[1]!.length), source.text.slice(from, end)];
    mended.edits.push({ start, end, text: `((list) => Array.isArray(list) ? list.includes(${element}) : ${element} in Object(list))(${list})` });
    mended.defects.push({ line: source.lineOf(start), text: `${element} in ${list} is CEL and not JavaScript: read as whether the list has it`, isMended: true });
  }
  return mended;
}

/** `has(state.name)`. */
function presence(source: SourceText, body: Body): Mended {
  if (isDeclared(source, "has")) return { edits: [], defects: [] };
  const told = "has(…) is CEL and not JavaScript: read as whether it is there";
  return replaceAll(source, /(?<![.\w])has\s*\(/g, () => ({ text: "((it) => it !== undefined && it !== null)(", told }), body);
}

function isDeclared({ code }: SourceText, name: string): boolean {
  return new RegExp(String.raw`\b(?:const|let|var|function)\s+${name}\b|\b${name}\s*[:,}].*\bfrom\b`).test(code);
}
