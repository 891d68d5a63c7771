/** What a piece of a message turns out to be; `withdrawn` is all the text so far, which was a thought after all. */
export type Said = { text: string } | { thought: string } | { withdrawn: string };

const OPEN = /^<(think|thinking|thought)>/;
const OPENS = ["<think>", "<thinking>", "<thought>"];
const LONE_CLOSE = "</think>";

/**
 * Tells a model's thoughts from its text where a server leaves both in one: `<think>…</think>` at the start of a message, and
 * messages that have only `</think>`, since templates of reasoning models write the opening tag into the prompt. A later tag is
 * text: somebody may be asking about such tags.
 */
export class ThinkTags {
  /** Blank so far, or within a thought, or text from here on. */
  #phase: "start" | "thought" | "text" = "start";
  /** What cannot be told yet: white space before anything, or what may be the beginning of a tag. */
  #held = "";
  #close = "";
  #hasThought = false;
  /** The text so far while it may still turn out to be a thought. */
  #text: string | undefined = "";

  /** A piece that is text and nothing else, which nearly all are; false when it has to be looked at. */
  isPlain(piece: string): boolean {
    if (this.#phase !== "text" || this.#held !== "") return false;
    if (this.#text === undefined) return true;
    if (piece.includes("<")) return false;
    this.#text += piece;
    return true;
  }

  take(piece: string): Said[] {
    const said: Said[] = [];
    let rest = this.#held + piece;
    this.#held = "";
    while (rest !== "") rest = this.#read(rest, said);
    return said;
  }

  /** What is still held at the end of the message is what it looks like; white space alone is nothing. */
  end(): Said[] {
    const held = this.#held;
    this.#held = "";
    if (held.trim() === "") return [];
    return this.#phase === "thought" ? [{ thought: held }] : this.#asText(held);
  }

  /** Reads on by one step; answers what is left. */
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
    if (this.#hasThought) this.#text = undefined;
    // Blank lines before a message are none of it; the white space of its first line may be: code is indented.
    const text = this.#hasThought ? trimmed : rest.replace(/^\s*\n/, "");
    return this.#readText(text, said);
  }

  #readThought(rest: string, said: Said[]): string {
    const end = rest.indexOf(this.#close);
    const thought = end < 0 ? rest.slice(0, beforeTag(rest, this.#close)) : rest.slice(0, end);
    // White space may be the last before the tag.
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
    if (this.#text === undefined) {
      said.push({ text: rest });
      return "";
    }
    const before = this.#text;
    const end = rest.indexOf(LONE_CLOSE);
    // Whether it is quoted is told by what comes next.
    if (end >= 0 && end + LONE_CLOSE.length === rest.length && (before + rest.slice(0, end)).at(-1)! in CLOSING)
      return this.#hold(rest, end, said);
    if (end >= 0 && isLone(before + rest.slice(0, end), rest[end + LONE_CLOSE.length])) {
      this.#phase = "start";
      this.#hasThought = true;
      this.#text = undefined;
      const thought = (before + rest.slice(0, end)).trim();
      said.push(before === "" ? { thought } : { withdrawn: thought });
      return rest.slice(end + LONE_CLOSE.length);
    }
    if (end >= 0) {
      said.push(...this.#asText(rest));
      return "";
    }
    return this.#hold(rest, beforeTag(rest, LONE_CLOSE), said);
  }

  /** Text up to there; the rest waits. */
  #hold(rest: string, at: number, said: Said[]): string {
    this.#held = rest.slice(at);
    if (at > 0) said.push({ text: rest.slice(0, at) });
    this.#text += rest.slice(0, at);
    // Who writes about the tags has begun with the opening one.
    if (this.#held === "" && this.#text!.includes("<think")) this.#text = undefined;
    return "";
  }

  #asText(text: string): Said[] {
    this.#phase = "text";
    this.#text = undefined;
    return [{ text }];
  }
}

/** Where the beginning of a tag may start at the end of the text: its length when none does. */
function beforeTag(text: string, tag: string): number {
  for (let at = Math.max(0, text.length - tag.length + 1); at < text.length; at++) if (tag.startsWith(text.slice(at))) return at;
  return text.length;
}

const CLOSING: Record<string, string> = { '"': '"', "'": "'", "“": "”", "‘": "’", "(": ")" };

/**
 * Whether a closing tag ends a thought that nothing opened. It does not where somebody writes about it: in code, in quotes, or as a
 * word among others.
 */
function isLone(before: string, next: string | undefined): boolean {
  const inCode = before.split("```").length % 2 === 0;
  const quote = before.at(-1) ?? "";
  const isQuoted = quote === "`" || (next !== undefined && next === CLOSING[quote]);
  const isWord = /[\p{L}\p{N},;] $/u.test(before);
  return !inCode && !isQuoted && !isWord && !before.includes("<think");
}
