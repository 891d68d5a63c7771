import { html, type TemplateResult } from "lit";
import { icon } from "../icons/index.ts";
import { highlighted } from "./highlighted.ts";
import type { Look } from "./options.ts";

/** How long the button says that it has copied. */
const SAID_MS = 2000;

/** A block of code under a line with the language and a button that copies it. */
export function codeBlock(content: string, language: string, { texts, streaming }: Look): TemplateResult {
  const code = content.replace(/\n$/, "");
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement;
    if (!(await copied(code, button))) return;
    button.classList.add("copied");
    button.setAttribute("aria-label", texts.copied);
    setTimeout(() => {
      button.classList.remove("copied");
      button.setAttribute("aria-label", texts.copyCode);
    }, SAID_MS);
  };
  return html`<figure class="code" dir="ltr">
    <figcaption>
      <span>${language}</span>
      <button type="button" class="copy" aria-label=${texts.copyCode} title=${texts.copyCode} @click=${copy}>${icon("lucide:copy")}${icon("check")}</button>
    </figcaption>
    <pre tabindex="0"><code>${highlighted(code, language, streaming)}</code></pre>
  </figure>`;
}

/** Pages without TLS have no `navigator.clipboard`: there the old `execCommand` copies. */
async function copied(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "off-screen" });
    beside.after(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    beside.focus();
    return done;
  }
}
