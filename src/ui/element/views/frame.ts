/** What is around a thread: the header, the screen of a new thread, the list of all threads. Nothing here ever asks the server. */
import type { ChatKitOptions } from "@openai/chatkit";
import { html, nothing, type TemplateResult } from "lit";
import type { Say } from "../locale/texts.ts";
import { icon } from "../icons/index.ts";
import { symbol } from "./symbol.ts";

type HeaderProps = { options: ChatKitOptions; say: Say; title: string | undefined; isHistoryOpen: boolean; newThread: () => void; toggleHistory: () => void };

export function headerView({ options, say, title, isHistoryOpen, newThread, toggleHistory }: HeaderProps) {
  const { header = {}, history = {} } = options;
  if (header.enabled === false) return nothing;
  const { leftAction, rightAction } = header;
  const shown = header.title?.enabled === false ? "" : (header.title?.text ?? title ?? "");
  const hasHistory = history.enabled !== false;
  return html`<header ?inert=${isHistoryOpen}>
    ${leftAction ? html`<button type="button" class="icon-button" aria-label=${leftAction.icon} @click=${leftAction.onClick}>${icon(leftAction.icon)}</button>` : nothing}
    ${shown === "" ? html`<span class="stretch"></span>` : html`<h2 class="title" dir="auto">${shown}</h2>`}
    ${hasHistory
      ? html`<button type="button" class="icon-button" aria-label=${say("newChat")} title=${say("newChat")} @click=${newThread}>${symbol("new")}</button>
          <button type="button" class="icon-button" aria-label=${say("history")} title=${say("history")} aria-expanded=${isHistoryOpen} @click=${toggleHistory}>${symbol("history")}</button>`
      : nothing}
    ${rightAction ? html`<button type="button" class="icon-button" aria-label=${rightAction.icon} @click=${rightAction.onClick}>${icon(rightAction.icon)}</button>` : nothing}
  </header>`;
}

type Prompts = NonNullable<NonNullable<ChatKitOptions["startScreen"]>["prompts"]>;

export function greetingView({ startScreen }: ChatKitOptions, say: Say): TemplateResult {
  return html`<h2 class="greeting" dir="auto">${startScreen?.greeting ?? say("greeting")}</h2>`;
}

export function promptsView({ startScreen }: ChatKitOptions, choose: (prompt: Prompts[number]["prompt"]) => void) {
  const prompts = startScreen?.prompts ?? [];
  if (prompts.length === 0) return nothing;
  return html`<ul class="prompts">
    ${prompts.map(
      ({ label, icon: name, prompt }) =>
        html`<li><button type="button" @click=${() => choose(prompt)}>${name ? html`<span class="prompt-icon">${icon(name)}</span>` : nothing}<span dir="auto">${label}</span></button></li>`,
    )}
  </ul>`;
}
