import type { ChatKitOptions, ThemeOption } from "@openai/chatkit";
import { html, nothing, type TemplateResult } from "lit";
import { snippets } from "./snippets.ts";

type Shown = Omit<ChatKitOptions, "api">;
type Props = { options: Shown; server: string; change: (options: Shown) => void };

const LOCALES = ["", "ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh"];

/** The element's options as controls and as JSON, and the code that gives a page the same chat. */
export function optionsView({ options, server, change }: Props): TemplateResult {
  const theme: ThemeOption = typeof options.theme === "string" ? { colorScheme: options.theme } : (options.theme ?? {});
  const set = (changed: ThemeOption) => change({ ...options, theme: { ...theme, ...changed } });
  const hex = theme.color?.accent?.primary ?? "#202123";
  return html`<div class="bar">
      ${choice("scheme", ["light", "dark"], theme.colorScheme ?? "light", (colorScheme) => set({ colorScheme }))}
      ${choice("radius", ["pill", "round", "soft", "sharp"], theme.radius ?? "pill", (radius) => set({ radius }))}
      ${choice("density", ["compact", "normal", "spacious"], theme.density ?? "normal", (density) => set({ density }))}
      ${choice("size", ["14", "15", "16", "17", "18"], String(theme.typography?.baseSize ?? 16), (size) => set({ typography: { ...theme.typography, baseSize: Number(size) as 16 } }))}
      ${choice("language", LOCALES, options.locale ?? "", (locale) => change(locale === "" ? without(options, "locale") : ({ ...options, locale } as Shown)))}
      <label>accent <input type="color" .value=${hex} @change=${(event: Event) => set({ color: { ...theme.color, accent: { primary: (event.target as HTMLInputElement).value, level: theme.color?.accent?.level ?? 1 } } })} /></label>
      ${choice("level", ["0", "1", "2", "3"], String(theme.color?.accent?.level ?? 0), (level) => set({ color: { ...theme.color, accent: { primary: hex, level: Number(level) as 0 } } }))}
    </div>
    <textarea spellcheck="false" aria-label="Options as JSON" .value=${JSON.stringify(options, null, 2)} @change=${(event: Event) => apply(event.target as HTMLTextAreaElement, change)}></textarea>
    ${snippets(server, options).map(
      ({ label, code }) => html`<details><summary><span class="name">${label}</span></summary><div class="bar"><button @click=${() => void navigator.clipboard.writeText(code)}>Copy</button></div><pre>${code}</pre></details>`,
    )}`;
}

function choice<const T extends string>(label: string, values: readonly T[], chosen: string, choose: (value: T) => void): TemplateResult {
  return html`<label>${label} <select @change=${(event: Event) => choose((event.target as HTMLSelectElement).value as T)}>${values.map((value) => html`<option value=${value} ?selected=${value === chosen}>${value === "" ? "browser" : value || nothing}</option>`)}</select></label>`;
}

function without({ locale: _locale, ...rest }: Shown, _name: "locale"): Shown {
  return rest;
}

/** Invalid JSON is reported by the field itself, and changes nothing. */
function apply(field: HTMLTextAreaElement, change: (options: Shown) => void): void {
  try {
    const options = JSON.parse(field.value) as Shown;
    field.setCustomValidity("");
    change(options);
  } catch (error) {
    field.setCustomValidity(String(error));
    field.reportValidity();
  }
}
