/** What a piece of a message is. `withdrawn` is all the text so far, which turned out to be a thought. */
export type Said = { text: string } | { thought: string } | { withdrawn: string };

const OPEN = /^<(think|thinking|thought)>/;
const OPENS = ["<think>", "<thinking>", "<thought>"];
const LONE_CLOSE = "</think>";

/**
 * Separates a model's thoughts from its text when a server leaves both in the text: `<think>…</think>` at the start of a message, or only
 * `</think>`, since the templates of some models put the opening tag into the prompt. A later tag is text: the conversation may be about
 * such tags.
 */
export class ThinkTags {
  /** `start`: only white space so far; `thought`: inside a thought; `text`: the message has begun. */
  #phase: "start" | "thought" | "text" = "start";
  /** What cannot be decided yet: white space at the start, or what may be the beginning of a tag. */
  #held = "";
  #close = "";
  #hasThought = false;
  /** The text so far, in pieces: they are put together only where somebody asks. */
  #pieces: string[] = [];
  /** Whether all that follows is text. Before, the text so far may still turn out to be a thought. */
  #isSettled = false;

  /** The text so far. */
  get text(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join("")];
    return this.#pieces[0] ?? "";
  }

  /** Whether a piece is certainly text, as nearly all are, and was taken as such; false when `take` has to examine it. */
  takesPlain(piece: string): boolean {
    if (this.#phase !== "text" || this.#held !== "" || (!this.#isSettled && piece.includes("<"))) return false;
    this.#pieces.push(piece);
    return true;
  }

  take(piece: string): Said[] {
    const said: Said[] = [];
    let rest = this.#held + piece;
    this.#held = "";
    while (rest !== "") rest = this.#read(rest, said);
    return said;
  }

  /** At the end of the message, what is still undecided is text (or a thought, inside one); white space alone is nothing. */
  end(): Said[] {
    const held = this.#held;
    this.#held = "";
    if (held.trim() === "") return [];
    return this.#phase === "thought" ? [{ thought: held }] : this.#asText(held);
  }

  /** Reads one step further; returns what is left to read. */
  #read(rest: string, said: Said[]): string {
    switch (this.#phase) {
      case "start":
        return this.#readStart(rest, said);
      case "thought":
        return this.#readThought(rest, said);
      case "text":
        return this.#readText(rest, said);
    }
  }

  #readStart(rest: string, said: Said[]): string {
    const trimmed = rest.trimStart();
    const open = OPEN.exec(trimmed);
    if (open) {
      this.#phase = "thought";
      this.#close = `</${open[1]}>`;
      return trimmed.slice(open[0].length).trimStart();
    }
    if (trimmed.startsWith(LONE_CLOSE)) {
      this.#hasThought = true;
      return trimmed.slice(LONE_CLOSE.length);
    }
    if ([...OPENS, LONE_CLOSE].some((tag) => tag.startsWith(trimmed))) {
      this.#held = rest;
      return "";
    }
    this.#phase = "text";
    this.#isSettled = this.#hasThought;
    // Blank lines before a message are dropped; the white space at the start of its first line is kept, since it may be code.
    const text = this.#hasThought ? trimmed : rest.replace(/^\s*\n/, "");
    return this.#readText(text, said);
  }

  #readThought(rest: string, said: Said[]): string {
    const end = rest.indexOf(this.#close);
    const thought = end < 0 ? rest.slice(0, beforeTag(rest, this.#close)) : rest.slice(0, end);
    // White space at the end is held back: it is dropped when the closing tag follows.
    const kept = thought.trimEnd();
    if (kept !== "" && (this.#hasThought || kept.trimStart() !== "")) {
      said.push({ thought: this.#hasThought ? kept : kept.trimStart() });
      this.#hasThought = true;
    }
    if (end < 0) {
      this.#held = rest.slice(kept.length);
      return "";
    }
    this.#phase = "start";
    this.#hasThought = true;
    return rest.slice(end + this.#close.length);
  }

  #readText(rest: string, said: Said[]): string {
    if (this.#isSettled) {
      said.push(...this.#asText(rest));
      return "";
    }
    const end = rest.indexOf(LONE_CLOSE);
    if (end < 0) return this.#hold(rest, beforeTag(rest, LONE_CLOSE), said);
    const before = this.text + rest.slice(0, end);
    const next = rest[end + LONE_CLOSE.length];
    // Whether the tag is in quotes depends on the next character.
    if (next === undefined && before.at(-1)! in CLOSING) return this.#hold(rest, end, said);
    if (!isLone(before, next)) {
      said.push(...this.#asText(rest));
      return "";
    }
    const thought = before.trim();
    said.push(this.text === "" ? { thought } : { withdrawn: thought });
    this.#phase = "start";
    this.#hasThought = true;
    this.#pieces = [];
    return rest.slice(end + LONE_CLOSE.length);
  }

  /** Takes the text up to `at` and holds the rest back. */
  #hold(rest: string, at: number, said: Said[]): string {
    this.#held = rest.slice(at);
    if (at > 0) said.push({ text: rest.slice(0, at) });
    if (at > 0) this.#pieces.push(rest.slice(0, at));
    return "";
  }

  #asText(text: string): Said[] {
    this.#phase = "text";
    this.#isSettled = true;
    this.#pieces.push(text);
    return [{ text }];
  }
}

/** Where the text ends with what may be the beginning of the tag; the length of the text when it does not. */
function beforeTag(text: string, tag: string): number {
  for (let at = Math.max(0, text.length - tag.length + 1); at < text.length; at++) if (tag.startsWith(text.slice(at))) return at;
  return text.length;
}

const CLOSING: Record<string, string> = { '"': '"', "'": "'", "“": "”", "‘": "’", "(": ")" };

/**
 * Whether a closing tag without an opening one ends a thought. It does not when the text is about the tag: in code, in quotes, or as a
 * word of a sentence.
 */
function isLone(before: string, next: string | undefined): boolean {
  const inCode = before.split("```").length % 2 === 0;
  const quote = before.at(-1) ?? "";
  const isQuoted = quote === "`" || (next !== undefined && next === CLOSING[quote]);
  const isWord = /[\p{L}\p{N},;] $/u.test(before);
  return !inCode && !isQuoted && !isWord && !before.includes("<think");
}
