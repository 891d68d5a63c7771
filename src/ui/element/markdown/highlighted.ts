import { html } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { highlighter, type Run } from "./highlight.ts";
import { languageNamed } from "./languages.ts";

/** In characters. Longer code is shown without colours: every run is an element. */
const LONGEST = 100_000;
/** In ms: how often code is highlighted again while it streams. What has come since is plain until then. */
const REFRESH_MS = 150;

/** Code with its syntax highlighted. The text is shown at once, the colours follow. */
class Highlighted extends AsyncDirective {
  #code = "";
  #coloured: { code: string; language: string; shown: unknown } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #language = "";

  override render(code: string, given: string, streaming: boolean): unknown {
    const language = languageNamed(given);
    if (!language || code.length > LONGEST) return code;
    if (code !== this.#code || language !== this.#language) this.#colourIn(streaming && this.#code !== "" ? REFRESH_MS : 0);
    this.#code = code;
    this.#language = language;
    return this.#shown();
  }

  #shown(): unknown {
    const { code, language, shown } = this.#coloured ?? {};
    if (code === undefined || language !== this.#language || !this.#code.startsWith(code)) return this.#code;
    return [shown, this.#code.slice(code.length)];
  }

  #colourIn(delayMs: number): void {
    this.#timer ??= setTimeout(async () => {
      const colour = await highlighter(this.#language).catch(() => undefined);
      this.#timer = undefined;
      if (!colour || !this.isConnected) return;
      this.#coloured = { code: this.#code, language: this.#language, shown: colour(this.#code).map(run) };
      this.setValue(this.#shown());
    }, delayMs);
  }

  override disconnected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  override reconnected(): void {
    this.#colourIn(0);
  }
}

export const highlighted = directive(Highlighted);

function run({ text, kind }: Run): unknown {
  return kind === "" ? text : html`<span class=${kind}>${text}</span>`;
}
