import { html, nothing } from "lit";
import type { Say } from "../locale/texts.ts";
import { symbol } from "./symbol.ts";

type Selected = { text: string; x: number; y: number };

/** A button beside text that is selected in an answer: it quotes the text in the next message. */
export class QuoteButton {
  #selected: Selected | undefined;

  constructor(private readonly ports: { changed: () => void; quote: (text: string) => void }) {}

  /** Call after a pointer or a key may have changed the selection. */
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

  /** Positions the button once it is rendered. By script, since a strict content security policy forbids styles in markup. */
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
  // Chrome reports a selection inside a shadow root on that root, other browsers on the document.
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
