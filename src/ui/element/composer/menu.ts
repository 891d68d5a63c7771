import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icons/index.ts";

export type MenuEntry = {
  id: string;
  label: string;
  description?: string | undefined;
  icon?: string | undefined;
  group?: string | undefined;
  isDisabled?: boolean;
  /** Shown with a tick if true; undefined for entries that cannot be ticked. */
  isChosen?: boolean;
  choose: () => void;
};

/** A list to choose from, by pointer or with the arrow keys. The focus stays where it is. */
export class Menu {
  active = 0;

  constructor(
    readonly kind: "tools" | "models" | "query",
    readonly label: string,
    readonly entries: readonly MenuEntry[],
    private readonly changed: () => void,
  ) {
    const chosen = entries.findIndex(({ isChosen }) => isChosen);
    this.active = Math.max(0, chosen < 0 ? entries.findIndex(({ isDisabled }) => !isDisabled) : chosen);
  }

  get activeId(): string {
    return `menu-${this.active}`;
  }

  /** @returns whether the menu has handled the key */
  key(key: string): boolean {
    if (key === "ArrowDown" || key === "ArrowUp") this.#move(key === "ArrowDown" ? 1 : -1);
    else if ((key === "Enter" || key === "Tab") && this.entries[this.active]) this.choose(this.active);
    else return false;
    return true;
  }

  choose(index: number): void {
    const entry = this.entries[index];
    if (entry && !entry.isDisabled) entry.choose();
  }

  #move(step: number): void {
    const { length } = this.entries;
    for (let tried = 0; tried < length; tried++) {
      this.active = (this.active + step + length) % length;
      if (!this.entries[this.active]!.isDisabled) break;
    }
    this.changed();
  }

  render(empty: string): TemplateResult {
    let group: string | undefined;
    const rows = this.entries.map((entry, index) => {
      const head = entry.group !== undefined && entry.group !== group ? html`<div class="menu-group" role="presentation">${(group = entry.group)}</div>` : nothing;
      return html`${head}${this.#row(entry, index)}`;
    });
    return html`<div class="menu at-${this.kind}" id="menu" role="listbox" aria-label=${this.label} @pointerdown=${keepFocus}>
      ${rows.length > 0 ? rows : html`<div class="menu-empty" role="option" aria-disabled="true" aria-selected="false">${empty}</div>`}
    </div>`;
  }

  #row({ label, description, icon: name, isDisabled = false, isChosen }: MenuEntry, index: number): TemplateResult {
    return html`<div
      class="menu-row"
      id="menu-${index}"
      role="option"
      aria-selected=${isChosen ?? index === this.active}
      aria-disabled=${isDisabled}
      ?data-active=${index === this.active}
      @pointermove=${() => this.active !== index && ((this.active = index), this.changed())}
      @click=${() => this.choose(index)}
    >
      ${name ? html`<span class="menu-icon">${icon(name)}</span>` : nothing}
      <span class="menu-text"><span class="menu-label">${label}</span>${description ? html`<span class="menu-description">${description}</span>` : nothing}</span>
      ${isChosen ? html`<span class="menu-icon">${icon("check")}</span>` : nothing}
    </div>`;
  }
}

const keepFocus = (event: Event) => event.preventDefault();
