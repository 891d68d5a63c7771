import { html, nothing } from "lit";
import type { Say } from "../locale/texts.ts";
import { symbol } from "./symbol.ts";

type Selected = { text: string; x: number; y: number };

/** What of an answer is selected, with a button beside it that quotes it in the next message. */
export class QuoteButton {
  #selected: Selected | undefined;

  constructor(private readonly ports: { changed: () => void; quote: (text: string) => void }) {}

  /** After a pointer or a key may have changed what is selected. */
  look(frame: HTMLElement): void {
    const selected = selectedIn(frame);
    if (selected?.text === this.#selected?.text) return;
    this.#selected = selected;
    this.ports.changed();
  }

  render(say: Say) {
    if (!this.#selected) return nothing;
    return html`<button type="button" class="quote-button" @pointerdown=${(event: Event) => event.preventDefault()} @click=${this.#quote}>${symbol("quote")}${say("quote")}</button>`;
  }

  /** Where it belongs, once it is there: a style in markup is what strict pages forbid. */
  place(frame: HTMLElement | null): void {
    const button = frame?.querySelector<HTMLElement>(".quote-button");
    if (!button || !this.#selected) return;
    button.style.left = `${Math.max(8, Math.min(this.#selected.x, frame!.clientWidth - button.offsetWidth - 8))}px`;
    button.style.top = `${Math.max(8, this.#selected.y - button.offsetHeight - 6)}px`;
  }

  #quote = (): void => {
    const { text } = this.#selected!;
    this.#selected = undefined;
    this.ports.quote(text);
  };
}

function selectedIn(frame: HTMLElement): Selected | undefined {
  const root = frame.getRootNode() as ShadowRoot & { getSelection?(): Selection | null };
  // Chrome tells what is selected inside of a shadow root to that root alone, others to the document.
  const selection = root.getSelection?.() ?? document.getSelection();
  const text = selection?.toString().trim() ?? "";
  if (!selection || selection.rangeCount === 0 || text === "") return undefined;
  const range = selection.getRangeAt(0);
  const parent = range.commonAncestorContainer;
  const element = parent instanceof Element ? parent : parent.parentElement;
  if (!element?.closest(".assistant") || !frame.contains(element)) return undefined;
  const [at, around] = [range.getBoundingClientRect(), frame.getBoundingClientRect()];
  return { text: text.slice(0, 2000), x: at.left - around.left, y: at.top - around.top };
}
