import { html, nothing, type CSSResult, type TemplateResult } from "lit";
import type { Admin } from "./admin.ts";

type WidgetFile = { name?: string; jsonSchema?: unknown; outputJsonPreview?: unknown };

/** A `.widget` file, with data to fill it with, as the server makes the widget of it. */
export class WidgetPreview {
  static readonly styles: CSSResult[] = [];

  #file: WidgetFile | undefined;
  #data = "{}";
  #made: unknown;
  #problem: string | undefined;

  constructor(
    private readonly admin: Admin,
    private readonly changed: () => void,
  ) {}

  render(): TemplateResult {
    return html`<p class="hint">A file of the widget editor, filled with data as <code>WidgetTemplate</code> does it.</p>
      <div class="bar"><input type="file" accept=".widget,.json" aria-label="Widget file" @change=${(event: Event) => void this.#read(event.target as HTMLInputElement)} /></div>
      ${this.#file ? html`<textarea spellcheck="false" aria-label="Data as JSON" .value=${this.#data} @change=${(event: Event) => ((this.#data = (event.target as HTMLTextAreaElement).value), void this.#make())}></textarea>` : nothing}
      ${this.#problem ? html`<p class="bad" role="alert">${this.#problem}</p>` : nothing}
      ${this.#made === undefined ? nothing : html`<pre>${JSON.stringify(this.#made, null, 2)}</pre>`}`;
  }

  async #read({ files }: HTMLInputElement): Promise<void> {
    const [file] = files ?? [];
    if (!file) return;
    try {
      this.#file = JSON.parse(await file.text()) as WidgetFile;
    } catch (error) {
      this.#problem = `${file.name}: ${String(error)}`;
      return this.changed();
    }
    await this.#make();
  }

  async #make(): Promise<void> {
    this.#problem = undefined;
    try {
      this.#made = await this.admin.widget(this.#file, JSON.parse(this.#data));
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }
}
