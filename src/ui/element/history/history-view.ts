import type { HistoryOption } from "@openai/chatkit";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Thread } from "../../../protocol/thread.ts";
import type { Locale } from "../locale/texts.ts";
import { symbol } from "../views/symbol.ts";
import type { Threads } from "./threads.ts";

export type HistoryProps = {
  threads: Threads;
  option: HistoryOption;
  locale: Locale;
  currentId: string | undefined;
  /** The thread whose row is being renamed, or whose deletion is being asked for. */
  editing: { id: string; what: "rename" | "delete" } | undefined;
  edit: (editing: HistoryProps["editing"]) => void;
  open: (id: string) => void;
  close: () => void;
  rename: (id: string, title: string) => void;
  remove: (id: string) => void;
};

export function historyView(props: HistoryProps): TemplateResult {
  const { threads, locale, close } = props;
  const { say } = locale;
  const found = threads.found;
  const search = (event: Event) => threads.search((event.target as HTMLInputElement).value);
  return html`<section class="history" role="dialog" aria-modal="true" aria-label=${say("history")} @keydown=${(event: KeyboardEvent) => onKey(event, props)}>
    <div class="history-head">
      <h2 class="title">${say("history")}</h2>
      <button type="button" class="icon-button" aria-label=${say("close")} title=${say("close")} @click=${close}>${symbol("close")}</button>
    </div>
    <label class="search">${symbol("search")}<input type="search" dir="auto" placeholder=${say("searchChats")} aria-label=${say("searchChats")} .value=${threads.query} @input=${search} /></label>
    ${threads.problem ? html`<p class="notice danger" role="alert">${symbol("warning")}${threads.problem}</p>` : nothing}
    <div class="rows">
      ${found.length === 0 && !threads.isLoading ? html`<p class="empty">${say(threads.query === "" ? "noChats" : "noMatches")}</p>` : nothing}
      ${groups(found, locale).map(([label, list]) => html`<h3 class="group">${label}</h3><ul>${repeat(list, ({ id }) => id, (thread) => html`<li>${row(thread, props)}</li>`)}</ul>`)}
      ${threads.isLoading ? html`<p class="empty" role="status"><span class="spinner"></span><span class="said-only">${say("loading")}</span></p>` : nothing}
      ${threads.hasMore && !threads.isLoading ? html`<button type="button" class="text-button more" @click=${() => void threads.loadMore()}>${say("loadMore")}</button>` : nothing}
    </div>
  </section>`;
}

/** The threads grouped by the day they were begun. */
function groups(list: readonly Thread[], { say }: Locale): [string, Thread[]][] {
  const today = new Date().setHours(0, 0, 0, 0);
  const yesterday = today - 86_400_000;
  const labelOf = ({ created_at }: Thread) => {
    const time = Date.parse(created_at);
    return time >= today ? say("today") : time >= yesterday ? say("yesterday") : say("earlier");
  };
  return [...Map.groupBy(list, labelOf)];
}

function row(thread: Thread, props: HistoryProps): TemplateResult {
  const { editing, currentId, open, option, edit, locale } = props;
  const { say } = locale;
  const title = thread.title || say("untitled");
  const { id } = thread;
  if (editing?.id === id) return editing.what === "rename" ? renameRow(id, title, props) : deleteRow(id, title, props);
  return html`<div class="row ${id === currentId ? "current" : ""}">
    <button type="button" class="row-title" aria-current=${id === currentId} @click=${() => open(id)}><span dir="auto">${title}</span></button>
    ${option.showRename === false ? nothing : html`<button type="button" class="icon-button small" aria-label="${say("rename")}: ${title}" title=${say("rename")} @click=${() => edit({ id, what: "rename" })}>${symbol("rename")}</button>`}
    ${option.showDelete === false ? nothing : html`<button type="button" class="icon-button small" aria-label="${say("delete")}: ${title}" title=${say("delete")} @click=${() => edit({ id, what: "delete" })}>${symbol("delete")}</button>`}
  </div>`;
}

function renameRow(id: string, title: string, { rename, edit, locale: { say } }: HistoryProps): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const value = String(new FormData(event.target as HTMLFormElement).get("title")).trim();
    if (value === "" || value === title) edit(undefined);
    else rename(id, value);
  };
  return html`<form class="row editing" @submit=${submit}>
    <input class="line" name="title" maxlength="512" dir="auto" autofocus aria-label=${say("rename")} .value=${title} />
    <button type="submit" class="text-button primary">${say("save")}</button>
    <button type="button" class="text-button" @click=${() => edit(undefined)}>${say("cancel")}</button>
  </form>`;
}

function deleteRow(id: string, title: string, { remove, edit, locale: { say } }: HistoryProps): TemplateResult {
  return html`<div class="row editing" role="alertdialog" aria-label=${say("deleteAsk", { title })}>
    <span class="ask" dir="auto">${say("deleteAsk", { title })}</span>
    <button type="button" class="text-button danger" autofocus @click=${() => remove(id)}>${say("delete")}</button>
    <button type="button" class="text-button" @click=${() => edit(undefined)}>${say("cancel")}</button>
  </div>`;
}

/** Escape closes what is open, arrows move between the rows, and Tab stays in the list while it is open. */
function onKey(event: KeyboardEvent, { editing, edit, close }: HistoryProps): void {
  const section = event.currentTarget as HTMLElement;
  if (event.key === "Escape") {
    event.stopPropagation();
    if (editing) edit(undefined);
    else close();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const rows = [...section.querySelectorAll<HTMLElement>(".row-title")];
    const at = rows.indexOf((section.getRootNode() as ShadowRoot).activeElement as HTMLElement);
    rows.at((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1)) % rows.length)?.focus();
    event.preventDefault();
  } else if (event.key === "Tab") {
    const all = [...section.querySelectorAll<HTMLElement>("button:not(:disabled), input")];
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if ((section.getRootNode() as ShadowRoot).activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0])?.focus();
  }
}
