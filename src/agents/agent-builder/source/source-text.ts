/** Source: an exported file read as text, what lies where in it. It is never run here, and never changed. */

/** A piece of the text that is replaced; the replacement has as many line breaks as what it replaces, so that lines keep their numbers. */
export type Edit = { start: number; end: number; text: string };
/** A string or template: where it is, with its quotes. */
type Literal = { start: number; end: number };

/** The text of a TypeScript file, in which code can be told from strings and comments without a parser. */
export class SourceText {
  /** The text with blanks for what is in strings and comments, and for regular expressions: places are the same as in the text. */
  readonly code: string;
  readonly literals: readonly Literal[];

  constructor(readonly text: string) {
    const scan = new Scan(text);
    this.code = scan.blanked();
    this.literals = scan.literals;
  }

  /** Counted from 1. */
  lineOf(index: number): number {
    let line = 1;
    for (let at = this.text.indexOf("\n"); at >= 0 && at < index; at = this.text.indexOf("\n", at + 1)) line++;
    return line;
  }

  /** The place of the bracket that closes the one at `open`; the end of the text when nothing does. */
  closing(open: number): number {
    let depth = 0;
    for (let i = open; i < this.code.length; i++) {
      if ("([{".includes(this.code[i]!)) depth++;
      else if (")]}".includes(this.code[i]!) && --depth === 0) return i;
    }
    return this.code.length;
  }

  /** The place of the bracket that opens what is closed at `close`; -1 when there is none. */
  opening(close: number): number {
    let depth = 0;
    for (let i = close; i >= 0; i--) {
      if (")]}".includes(this.code[i]!)) depth++;
      else if ("([{".includes(this.code[i]!) && --depth === 0) return i;
    }
    return -1;
  }

  /** Where the expression that begins at `start` ends: at a comma, a semicolon or a bracket of what is around it. */
  endOfExpression(start: number): number {
    for (let i = start; i < this.code.length; i++) {
      if ("([{".includes(this.code[i]!)) i = this.closing(i);
      else if (",;)]}".includes(this.code[i]!)) return i;
    }
    return this.code.length;
  }

  /** The text with all edits made; of two that overlap only the first is. */
  edited(edits: readonly Edit[]): string {
    let out = "";
    let at = 0;
    for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
      if (start < at) continue;
      out += this.text.slice(at, start) + text;
      at = end;
    }
    return out + this.text.slice(at);
  }
}

/** After one of these a slash begins a regular expression, else it divides. */
const BEFORE_REGEX = /(?:^|[=(,:;!&|?{}[\]+\-*%~^<>\n]|\b(?:return|typeof|case|in|of|do|else|await|void))\s*$/;

class Scan {
  readonly literals: Literal[] = [];
  readonly #out: string[];
  /** For each open template, the number of braces that are open in its `${`. */
  readonly #templates: { start: number; braces: number }[] = [];

  constructor(private readonly text: string) {
    this.#out = text.split("");
  }

  blanked(): string {
    const { text } = this;
    let i = 0;
    while (i < text.length) i = this.#step(i);
    return this.#out.join("");
  }

  #step(i: number): number {
    const { text } = this;
    const character = text[i]!;
    if (character === '"' || character === "'") return this.#string(i);
    if (character === "`") {
      this.#templates.push({ start: i, braces: 0 });
      return this.#template(i + 1);
    }
    if (text.startsWith("//", i)) return this.#blank(i, endOr(text.indexOf("\n", i), text.length));
    if (text.startsWith("/*", i)) return this.#blank(i, endOr(text.indexOf("*/", i + 2) + 2, text.length, 2));
    if (character === "/" && BEFORE_REGEX.test(this.#before(i))) return this.#regex(i);
    const open = this.#templates.at(-1);
    if (open && character === "{") open.braces++;
    if (open && character === "}" && open.braces-- === 0) {
      open.braces = 0;
      return this.#template(i + 1);
    }
    return i + 1;
  }

  /** What comes before, comments left out: enough of it to see whether a value has ended there. */
  #before(i: number): string {
    return this.#out.slice(Math.max(0, i - 40), i).join("");
  }

  #string(start: number): number {
    const quote = this.text[start]!;
    let i = start + 1;
    while (i < this.text.length && this.text[i] !== quote && this.text[i] !== "\n") i += this.text[i] === "\\" ? 2 : 1;
    this.literals.push({ start, end: i + 1 });
    this.#blank(start + 1, i);
    return i + 1;
  }

  /** The text of a template up to its end or to the code in it. */
  #template(from: number): number {
    const { text } = this;
    let i = from;
    while (i < text.length && text[i] !== "`" && !text.startsWith("${", i)) i += text[i] === "\\" ? 2 : 1;
    this.#blank(from, i);
    if (text.startsWith("${", i)) return i + 2;
    const open = this.#templates.pop();
    if (open) this.literals.push({ start: open.start, end: i + 1 });
    return i + 1;
  }

  #regex(start: number): number {
    let inClass = false;
    let i = start + 1;
    for (; i < this.text.length && this.text[i] !== "\n"; i++) {
      const character = this.text[i];
      if (character === "\\") i++;
      else if (character === "[") inClass = true;
      else if (character === "]") inClass = false;
      else if (character === "/" && !inClass) break;
    }
    return this.#blank(start + 1, Math.min(i, this.text.length)) + 1;
  }

  #blank(start: number, end: number): number {
    for (let i = start; i < end; i++) if (this.text[i] !== "\n") this.#out[i] = " ";
    return end;
  }
}

function endOr(found: number, otherwise: number, least = 0): number {
  return found < least ? otherwise : found;
}
