import { html } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { guard } from "lit/directives/guard.js";
import type { Shared } from "./engine.ts";
import { ENGLISH, type Look, type MarkdownOptions } from "./options.ts";
import { cutIntoParts, type Part } from "./parts.ts";

type Engine = typeof import("./engine.ts");

/** In characters. A longer text is rendered in pieces of this size, with pauses in which the page can react. */
const AT_ONCE = 32_768;
const LONG = 131_072;
const NO_DOMAINS: readonly string[] = [];
let engine: Engine | undefined;

/** A text, and the parts that it has been cut into so far. */
class MarkdownText extends AsyncDirective {
  #text = "";
  #parts: Part[] = [];
  #shared: Shared = {};
  #look: Look = { imageDomains: NO_DOMAINS, texts: ENGLISH, streaming: false };
  #shownLength = AT_ONCE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseMs = 0;
  #wordsGiven: unknown;

  override render(given: string, options: MarkdownOptions): unknown {
    this.#take(given.includes("\r") ? given.replace(/\r\n?/g, "\n") : given);
    this.#setLook(options);
    if (!engine) void this.#loadEngine();
    return this.#shown();
  }

  #take(text: string): void {
    if (text === this.#text && this.#parts.length > 0) return;
    const grows = text.startsWith(this.#text);
    if (!grows) {
      this.#shared = {};
      this.#shownLength = AT_ONCE;
    }
    this.#parts = cutIntoParts(text, grows ? this.#parts : [], this.#shownLength);
    this.#text = text;
  }

  #setLook({ streaming = false, allowedImageDomains: domains = NO_DOMAINS, texts }: MarkdownOptions): void {
    const imageDomains = domains.join() === this.#look.imageDomains.join() ? this.#look.imageDomains : domains;
    const words = texts === this.#wordsGiven ? this.#look.texts : { ...ENGLISH, ...texts };
    this.#wordsGiven = texts;
    this.#look = { imageDomains, texts: words, streaming };
  }

  #shown(): unknown {
    if (!engine) return html`<p class="as-written">${this.#text.slice(0, AT_ONCE)}</p>`;
    const { partOf } = engine;
    const length = this.#parts.reduce((sum, part) => sum + part.source.length, 0);
    if (length < this.#text.length) this.#showMoreSoon();
    return this.#parts.map((part, index) => this.#part(partOf, part.source, index, length === this.#text.length));
  }

  #part(partOf: Engine["partOf"], source: string, index: number, isWhole: boolean): unknown {
    const look = this.#look;
    const isOpen = look.streaming && isWhole && index === this.#parts.length - 1;
    const version = [source, isOpen, look.imageDomains, look.texts, this.#links()];
    return html`<div class="part">${guard(version, () => {
      const before = this.#links();
      const content = partOf({ source, index, isOpen }, this.#shared, look);
      // Earlier parts may use link definitions that this one has brought: render them again.
      if (this.#links() !== before) queueMicrotask(() => this.isConnected && this.setValue(this.#shown()));
      return content;
    })}</div>`;
  }

  /**
   * The number of link definitions that are known. 0 for a long text: to render all its parts again with each new definition would take too
   * long.
   */
  #links(): number {
    return this.#text.length > LONG ? 0 : Object.keys(this.#shared.references ?? {}).length;
  }

  /** Pauses for as long as the last piece took to render, so that the page gets half of the time. */
  #showMoreSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.isConnected) return;
      const started = performance.now();
      this.#shownLength += AT_ONCE;
      this.#parts = cutIntoParts(this.#text, this.#parts, this.#shownLength);
      this.setValue(this.#shown());
      this.#pauseMs = performance.now() - started;
    }, Math.max(16, this.#pauseMs));
  }

  async #loadEngine(): Promise<void> {
    engine ??= await import("./engine.ts").catch(() => undefined);
    if (engine && this.isConnected) this.setValue(this.#shown());
  }

  override disconnected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  override reconnected(): void {
    this.setValue(this.#shown());
  }
}

export const markdownText = directive(MarkdownText);
