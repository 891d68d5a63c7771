/** One message of an event stream, with its data as text. */
export type EventMessage = { event: string | undefined; data: string };

/**
 * Splits the bytes of an event stream into messages, by the HTML standard ("Server-sent events"). Reads only the fields `data` and
 * `event`, and `error`, which llama.cpp has invented, as an event of that name.
 */
export class EventMessages {
  readonly #utf8 = new TextDecoder();
  /** The pieces of a line whose end has not come yet: joined only then, since a line may be an image of many megabytes. */
  readonly #pieces: string[] = [];
  /** A carriage return at the end of the last bytes: whether a line feed follows is not known yet. */
  #return = "";
  #event: string | undefined;
  #data: string | undefined;

  /** Takes bytes; returns the messages that they complete. */
  add(bytes: Uint8Array): EventMessage[] {
    return this.#read(this.#utf8.decode(bytes, { stream: true }));
  }

  /** The last message, at the end of the stream: some servers leave out the blank line after it. */
  end(): EventMessage[] {
    return this.#read(`${this.#utf8.decode()}\n\n`);
  }

  #read(given: string): EventMessage[] {
    const text = this.#return || given.includes("\r") ? this.#withNewlines(given) : given;
    const messages: EventMessage[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#line(this.#whole(text.slice(start, end)), messages);
      start = end + 1;
    }
    if (start < text.length) this.#pieces.push(text.slice(start));
    return messages;
  }

  #withNewlines(given: string): string {
    const text = this.#return + given;
    this.#return = text.endsWith("\r") ? "\r" : "";
    return text.slice(0, text.length - this.#return.length).replace(/\r\n?/g, "\n");
  }

  #whole(last: string): string {
    if (this.#pieces.length === 0) return last;
    return this.#pieces.splice(0).join("") + last;
  }

  #line(line: string, messages: EventMessage[]): void {
    if (line.startsWith("data:")) {
      const value = valueOf(line, 5);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (line.startsWith("event:")) this.#event = valueOf(line, 6);
    else if (line.startsWith("error:")) {
      this.#event = "error";
      this.#data = valueOf(line, 6);
    } else if (line === "") {
      if (this.#data) messages.push({ event: this.#event, data: this.#data });
      this.#event = this.#data = undefined;
    }
  }
}

/** Whether a message is the `[DONE]` that ends a stream. */
export function isDone({ data }: EventMessage): boolean {
  // Most messages are far longer, so they need no trimming.
  return data.length < 16 && data.trim() === "[DONE]";
}

function valueOf(line: string, colon: number): string {
  return line.slice(line.charCodeAt(colon) === 0x20 ? colon + 1 : colon);
}
