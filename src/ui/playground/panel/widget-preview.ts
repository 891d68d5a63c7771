import { html, nothing, type TemplateResult } from "lit";
import type { WidgetRoot } from "../../../protocol/widgets.ts";
import type { Admin } from "./admin.ts";
import type { WidgetFrame } from "./widget-frame.ts";

type WidgetFile = { name?: string; outputJsonPreview?: unknown };

/** A `.widget` file and the data to fill it with: the server makes the widget, the element shows it. */
export class WidgetPreview {
  #file: WidgetFile | undefined;
  #data = "{}";
  #frame: WidgetFrame | undefined;
  #problem: string | undefined;
  #action: object | undefined;

  constructor(
    private readonly admin: Admin,
    private readonly changed: () => void,
  ) {}

  render(scheme: string): TemplateResult {
    if (this.#frame) this.#frame.dataset["scheme"] = scheme;
    return html`<p class="hint">A file of the widget editor, filled with data as <code>WidgetTemplate</code> does it.</p>
      <div class="bar"><input type="file" accept=".widget,.json" aria-label="Widget file" @change=${(event: Event) => void this.#read(event.target as HTMLInputElement)} /></div>
      ${this.#file ? html`<textarea spellcheck="false" aria-label="Data as JSON" .value=${this.#data} @change=${(event: Event) => ((this.#data = (event.target as HTMLTextAreaElement).value), void this.#make())}></textarea>` : nothing}
      ${this.#problem ? html`<p class="bad" role="alert">${this.#problem}</p>` : nothing}
      ${this.#frame ? html`<div class="widget">${this.#frame}</div><details><summary><span class="name">JSON</span></summary><pre>${JSON.stringify(this.#frame.widget, null, 2)}</pre></details>` : nothing}
      ${this.#action ? html`<h3>Last action</h3><pre>${JSON.stringify(this.#action, null, 2)}</pre>` : nothing}`;
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
      const [widget, { WidgetFrame }] = await Promise.all([this.admin.widget(this.#file, JSON.parse(this.#data)), import("./widget-frame.ts")]);
      this.#frame = new WidgetFrame();
      this.#frame.widget = widget as WidgetRoot;
      this.#frame.onAction = (action) => ((this.#action = action), this.changed());
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }
}
