import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icons/index.ts";
import { stopSymbol, symbol } from "../views/symbol.ts";
import { acceptList } from "./accept.ts";
import type { Composer } from "./composer.ts";
import { piecesOf } from "./content.ts";
import { Menu } from "./menu.ts";
import type { Upload } from "./uploads.ts";

type ComposerState = { isAnswering: boolean; isOpening: boolean; canStop: boolean; isDisabled: boolean; stop: () => void };

export function composerView(composer: Composer, state: ComposerState): TemplateResult {
  const { ports, menu } = composer;
  const { composer: settings = {} } = ports.options();
  const say = ports.say();
  const placeholder = composer.tool?.placeholderOverride ?? settings.placeholder ?? say("placeholder");
  return html`<form class="composer" @submit=${(event: Event) => (event.preventDefault(), send(composer, state))} @keydown=${(event: KeyboardEvent) => onKey(event, composer, state)} @focusout=${(event: FocusEvent) => onLeave(event, composer)}>
    ${menu ? menu.render(say("noMatches")) : nothing}
    <div class="composer-box" ?inert=${state.isDisabled}>
      ${composer.quote === undefined ? nothing : quoteView(composer)} ${composer.uploads.list.length > 0 ? html`<div class="uploads">${composer.uploads.list.map((one) => uploadView(composer, one))}</div>` : nothing}
      <div class="field">
        <div class="mirror" aria-hidden="true">${mirror(composer)}</div>
        <textarea
          rows="1"
          dir=${composer.text === "" ? nothing : "auto"}
          enterkeyhint="send"
          placeholder=${placeholder}
          aria-label=${placeholder}
          aria-autocomplete=${menu?.kind === "query" ? "list" : "none"}
          aria-controls=${menu ? "menu" : nothing}
          aria-activedescendant=${menu ? menu.activeId : nothing}
          .value=${composer.text}
          @input=${(event: Event) => onInput(event, composer)}
          @paste=${(event: ClipboardEvent) => onPaste(event, composer)}
        ></textarea>
      </div>
      <div class="composer-row">${leftButtons(composer)}<span class="stretch"></span>${rightButtons(composer, state)}</div>
    </div>
    ${composer.problems.length > 0 ? html`<div class="composer-problem" role="alert">${composer.problems.map((problem) => html`<p dir="auto">${problem}</p>`)}</div>` : nothing}
  </form>`;
}

/** A copy of the text behind the field: it gives the field its height, and tags their colour. */
function mirror({ text, tags }: Composer) {
  return [...piecesOf(text, tags).map(({ text, entity }) => (entity ? html`<mark>${text}</mark>` : text)), "\u200b"];
}

function quoteView(composer: Composer): TemplateResult {
  const say = composer.ports.say();
  return html`<div class="quote-draft">
    ${symbol("quote")}<span class="quote-text" dir="auto">${composer.quote}</span>
    <button type="button" class="icon-button small" aria-label=${say("removeQuote")} @click=${() => composer.setQuote(undefined)}>${symbol("close")}</button>
  </div>`;
}

function uploadView(composer: Composer, { key, name, type, progress, attachment, isFailed, preview }: Upload): TemplateResult {
  const say = composer.ports.say();
  const isPicture = type.startsWith("image/");
  const source = preview ?? (attachment?.type === "image" ? attachment.preview_url : undefined);
  const isRunning = !attachment && !isFailed;
  return html`<div class="upload ${isPicture && source ? "picture" : ""} ${isFailed ? "failed" : ""}">
    ${isPicture && source ? html`<img src=${source} alt=${name} />` : html`<span class="upload-icon">${symbol(isFailed ? "warning" : "file")}</span><span class="upload-name" dir="auto">${name}</span>`}
    ${isRunning ? html`<progress max="1" .value=${progress} aria-label=${say("uploading", { name })}></progress>` : nothing}
    <button type="button" class="remove" aria-label=${say("remove", { name })} @click=${() => composer.uploads.remove(key)}>${symbol("close")}</button>
  </div>`;
}

function leftButtons(composer: Composer) {
  const { ports } = composer;
  const { composer: settings = {}, entities } = ports.options();
  const say = ports.say();
  const { attachments, tools = [] } = settings;
  const chosen = composer.tool;
  const pinned = tools.filter(({ pinned, id }) => pinned || id === chosen?.id);
  const hasMenu = tools.some(({ pinned }) => !pinned);
  const picker = (event: Event) => {
    const input = event.target as HTMLInputElement;
    composer.attach([...(input.files ?? [])]);
    input.value = "";
  };
  return html`${attachments?.enabled
    ? html`<input type="file" multiple hidden accept=${acceptList(attachments) || nothing} @change=${picker} />
        <button type="button" class="icon-button" aria-label=${say("attach")} title=${say("attach")} @click=${pickFiles}>${symbol("attach")}</button>`
    : nothing}
  ${entities?.onTagSearch && entities.showComposerMenu ? html`<button type="button" class="icon-button" aria-label=${say("mention")} title=${say("mention")} @click=${() => composer.suggestions.mention()}>${symbol("mention")}</button>` : nothing}
  ${hasMenu ? menuButton(composer, "tools", html`${symbol("tools")}`, say("tools")) : nothing}
  ${pinned.map(
    ({ id, icon: name, label, shortLabel }) =>
      html`<button type="button" class="tool" aria-pressed=${id === composer.toolId} @click=${() => composer.chooseTool(id === composer.toolId ? null : id)}>${icon(name)}<span>${shortLabel ?? label}</span></button>`,
  )}`;
}

function rightButtons(composer: Composer, { isAnswering, isOpening, canStop, stop }: ComposerState) {
  const { ports } = composer;
  const { composer: settings = {} } = ports.options();
  const say = ports.say();
  const { dictation } = settings;
  const { model } = composer;
  const send = isAnswering
    ? html`<button type="button" class="send" aria-label=${say("stop")} title=${say("stop")} ?disabled=${!canStop} @click=${stop}>${stopSymbol}</button>`
    : html`<button type="submit" class="send" aria-label=${say("send")} title=${say("send")} ?disabled=${isOpening || !composer.canSend}>${symbol("send")}</button>`;
  return html`${model ? menuButton(composer, "models", html`<span>${model.label}</span>${symbol("open")}`, `${say("model")}: ${model.label}`) : nothing}
  ${dictation?.enabled ? dictationButton(composer) : nothing} ${send}`;
}

function dictationButton(composer: Composer): TemplateResult {
  const say = composer.ports.say();
  const { state } = composer.dictation;
  const label = say(state === "on" ? "dictateStop" : state === "transcribing" ? "transcribing" : "dictate");
  return html`<button type="button" class="icon-button dictate ${state}" aria-label=${label} title=${label} aria-pressed=${state === "on"} ?disabled=${state === "transcribing"} @click=${() => void composer.dictation.toggle()}>
    ${state === "transcribing" ? html`<span class="spinner"></span>` : symbol("dictate")}
  </button>`;
}

function menuButton(composer: Composer, kind: "tools" | "models", content: TemplateResult, label: string): TemplateResult {
  const isOpen = composer.menu?.kind === kind;
  const toggle = () => {
    composer.open(isOpen ? undefined : kind === "tools" ? toolMenu(composer) : modelMenu(composer));
    composer.ports.field()?.focus();
  };
  return html`<button type="button" class=${kind === "tools" ? "icon-button" : "model"} aria-label=${label} title=${label} aria-haspopup="listbox" aria-expanded=${isOpen} @click=${toggle}>${content}</button>`;
}

function toolMenu(composer: Composer): Menu {
  const { ports } = composer;
  const tools = ports.options().composer?.tools ?? [];
  const entries = tools.map(({ id, label, icon }) => {
    const isChosen = id === composer.toolId;
    return { id, label, icon, isChosen, choose: () => (composer.chooseTool(isChosen ? null : id), composer.open(undefined)) };
  });
  return new Menu("tools", ports.say()("tools"), entries, ports.changed);
}

function modelMenu(composer: Composer): Menu {
  const { ports } = composer;
  const models = ports.options().composer?.models ?? [];
  const current = composer.model?.id;
  const entries = models.map(({ id, label, description, disabled = false }) => {
    return { id, label, description, isDisabled: disabled, isChosen: id === current, choose: () => ((composer.modelId = id), composer.open(undefined)) };
  });
  return new Menu("models", ports.say()("model"), entries, ports.changed);
}

/** While a thread is being opened, the text waits in the field: it belongs to that thread. */
function send(composer: Composer, { isAnswering, isOpening }: ComposerState): void {
  if (!isAnswering && !isOpening) composer.submit();
}

function onInput(event: Event, composer: Composer): void {
  const { value, selectionStart } = event.target as HTMLTextAreaElement;
  composer.type(value, selectionStart);
}

function onPaste(event: ClipboardEvent, composer: Composer): void {
  const { files = [], types = [] } = event.clipboardData ?? {};
  // Office programs put a picture of what was copied beside its text: there the text is meant.
  const isText = types.includes("text/plain") && types.includes("text/html");
  if (files.length === 0 || isText || !composer.ports.options().composer?.attachments?.enabled) return;
  event.preventDefault();
  composer.attach([...files]);
}

function onKey(event: KeyboardEvent, composer: Composer, state: ComposerState): void {
  // While an input method composes a word, Enter and Escape belong to it.
  if (event.isComposing || event.keyCode === 229) return;
  const { menu } = composer;
  if (event.key === "Escape" && (menu || state.isAnswering)) {
    event.stopPropagation();
    if (menu) composer.open(undefined);
    else if (state.canStop) state.stop();
  } else if (menu?.key(event.key)) event.preventDefault();
  else if (event.key === "Enter" && !event.shiftKey && event.target instanceof HTMLTextAreaElement) {
    event.preventDefault();
    send(composer, state);
  }
}

function onLeave({ currentTarget, relatedTarget }: FocusEvent, composer: Composer): void {
  if (composer.menu && !(currentTarget as HTMLElement).contains(relatedTarget as Node | null)) composer.open(undefined);
}

function pickFiles({ currentTarget }: Event): void {
  (currentTarget as HTMLElement).parentElement?.querySelector<HTMLInputElement>("input[type=file]")?.click();
}
