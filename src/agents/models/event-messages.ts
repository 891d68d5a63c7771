/** One message of an event stream, its data not parsed yet. */
export type EventMessage = { event: string | undefined; data: string };

/**
 * Bytes of an event stream → its messages, by the HTML standard ("Server-sent events"), reading only `data` and `event`; and
 * `error`, a field of llama.cpp's own making, as an event of that name.
 */
export class EventMessages {
  readonly #utf8 = new TextDecoder();
  /** A line that is not whole yet; in pieces, since one may be an image of many megabytes. */
  readonly #pieces: string[] = [];
  /** A return at the end of the last bytes, which belongs to a newline to come, or stands for one. */
  #return = "";
  #event: string | undefined;
  #data: string | undefined;

  /** The messages that these bytes complete. */
  add(bytes: Uint8Array): EventMessage[] {
    return this.#read(this.#utf8.decode(bytes, { stream: true }));
  }

  /** What is left at the end of the stream: some servers leave out the last blank line. */
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

function valueOf(line: string, colon: number): string {
  return line.slice(line.charCodeAt(colon) === 0x20 ? colon + 1 : colon);
}
