import type { ChatKitOptions, Entity } from "@openai/chatkit";
import { html, nothing } from "lit";
import type { WidgetItem } from "../../../protocol/items.ts";
import type { ViewContext } from "./context.ts";
import { widgetView } from "./widget-view.ts";

const OPEN_AFTER_MS = 250;
const CLOSE_AFTER_MS = 200;
/** The height of a tag with some space around it. */
const TAG_PX = 30;

type Shown = { item: WidgetItem; x: number; y: number };

/** What the page shows of an entity while the pointer or the focus is on it. */
export class EntityPreview {
  #shown: Shown | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(private readonly ports: { options: () => ChatKitOptions; changed: () => void; failed: (error: Error) => void }) {}

  /** @param from the tag in the text */
  enter(entity: Entity, from: HTMLElement): void {
    if (!this.ports.options().entities?.onRequestPreview) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(entity, from), OPEN_AFTER_MS);
  }

  leave = (): void => {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#timer = setTimeout(() => this.#show(undefined), CLOSE_AFTER_MS);
  };

  render(context: ViewContext) {
    if (!this.#shown) return nothing;
    const stay = () => clearTimeout(this.#timer);
    return html`<div class="preview" role="tooltip" @pointerenter=${stay} @pointerleave=${this.leave}>${widgetView(this.#shown.item, context, undefined)}</div>`;
  }

  /** Positions the preview once it is rendered. By script, since a strict content security policy forbids styles in markup. */
  place(frame: HTMLElement | null): void {
    const preview = frame?.querySelector<HTMLElement>(".preview");
    if (!preview || !this.#shown) return;
    const { x, y } = this.#shown;
    const { clientWidth: width, clientHeight: height } = frame!;
    // The preview grows when the code of widgets has been loaded: it is anchored so that it grows away from the tag.
    preview.style.left = `${Math.max(8, Math.min(x, width - preview.offsetWidth - 8))}px`;
    preview.style.top = y < height / 2 ? `${y + TAG_PX}px` : "auto";
    preview.style.bottom = y < height / 2 ? "auto" : `${height - y + 6}px`;
  }

  async #load(entity: Entity, from: HTMLElement): Promise<void> {
    const asked = ++this.#asked;
    try {
      const found = await this.ports.options().entities?.onRequestPreview?.(entity);
      // The pointer has left, or entered another entity, meanwhile.
      if (asked !== this.#asked || !found?.preview || !from.isConnected) return;
      const [at, around] = [from.getBoundingClientRect(), from.closest(".frame")!.getBoundingClientRect()];
      const item: WidgetItem = { type: "widget", id: `preview ${entity.id}`, thread_id: "", created_at: "", widget: found.preview };
      this.#show({ item, x: at.left - around.left, y: at.top - around.top });
    } catch (error) {
      this.ports.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #show(shown: Shown | undefined): void {
    this.#shown = shown;
    this.ports.changed();
  }
}
