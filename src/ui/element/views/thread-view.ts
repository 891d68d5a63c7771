/** Views: a thread and all around it as HTML. A view never asks the server: it calls the functions of its `ViewContext` instead. */
import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { ThreadItem } from "../../../protocol/items.ts";
import { icon } from "../icons/index.ts";
import { isLocal, type Notice, type ThreadState } from "../thread/state.ts";
import type { ItemProps, ViewContext } from "./context.ts";
import { assistantMessageView, userMessageView } from "./messages.ts";
import { imageView } from "./generated-image.ts";
import { richText } from "./rich-text.ts";
import { structuredInputView } from "./structured-input.ts";
import { symbol } from "./symbol.ts";
import { turnActions } from "./turn-actions.ts";
import { widgetView } from "./widget-view.ts";
import { taskItemView, workflowView } from "./workflow.ts";

type ThreadProps = { state: ThreadState; isAnswering: boolean; trouble: string | undefined; context: ViewContext; first: number };

/** The items from `first` on. Each is rendered again only when it has changed. */
export function threadView({ state, isAnswering, trouble, context, first }: ThreadProps): TemplateResult {
  const shown = state.items.slice(first).filter(isVisible);
  return html`${repeat(
    shown,
    ({ id }) => id,
    (item, index) => {
      const isLive = state.live.has(item.id);
      const next = shown[index + 1];
      const isTurnEnd = item.type !== "user_message" && (next === undefined ? !isAnswering : next.type === "user_message");
      const progress = item.type === "generated_image" ? state.imageProgress.get(item.id) : undefined;
      const isWaiting = item.type === "structured_input" && isAnswering;
      return guard([item, isLive, isTurnEnd, progress, isWaiting, context, state.head?.allowed_image_domains], () => {
        const props: ItemProps = { state, isLive: isLive || isWaiting, context };
        return html`<div class="item">${itemView(item, props)}${isTurnEnd ? turnActions(item, state, context) : nothing}</div>`;
      });
    },
  )}
  ${state.notices.map((notice) => noticeView(notice, context))} ${statusView(state, isAnswering, trouble, context)} ${failureView(state, isAnswering, context)}`;
}

/** Calls of client tools and ends of turns show nothing to a person. */
function isVisible({ type }: ThreadItem): boolean {
  return type !== "client_tool_call" && type !== "end_of_turn" && type !== "hidden_context_item" && type !== "sdk_hidden_context";
}

function itemView(item: ThreadItem, props: ItemProps) {
  switch (item.type) {
    case "user_message":
      return userMessageView(item, props);
    case "assistant_message":
      return assistantMessageView(item, props);
    case "widget":
      return widgetView(item, props.context, props.state.head?.allowed_image_domains);
    case "workflow":
      return workflowView(item, props);
    case "task":
      return taskItemView(item, props);
    case "structured_input":
      return structuredInputView(item, props);
    case "generated_image":
      return imageView(item, props);
    default:
      return nothing;
  }
}

function noticeView({ level, title, message }: Notice, context: ViewContext): TemplateResult {
  return html`<div class="notice ${level}" role=${level === "danger" ? "alert" : "status"}>
    ${symbol(level === "info" ? "info" : "warning")}
    <div>${title ? html`<p class="notice-title" dir="auto">${title}</p>` : nothing}${richText(message, { context })}</div>
  </div>`;
}

/** What is shown while nothing of the answer has come yet. */
function statusView({ progress, live, items, failure }: ThreadState, isAnswering: boolean, trouble: string | undefined, { say }: ViewContext) {
  if (!isAnswering || failure) return nothing;
  if (trouble) return html`<p class="progress" role="status"><span class="spinner"></span>${trouble}</p>`;
  if (progress) return html`<p class="progress" role="status">${progress.icon ? icon(progress.icon) : nothing}<span class="shimmer" dir="auto">${progress.text}</span></p>`;
  const newest = items.at(-1);
  const isWriting = [...live].length > 0 && !(newest?.type === "assistant_message" && newest.content.every(({ text }) => text === ""));
  return isWriting ? nothing : html`<p class="progress"><span class="pulse"></span><span class="said-only">${say("thinking")}</span></p>`;
}

function failureView({ failure, items }: ThreadState, isAnswering: boolean, { say, tryAgain }: ViewContext) {
  if (!failure) return nothing;
  const canRetry = failure.canRetry && !isAnswering && items.some((item) => item.type === "user_message" || isLocal(item));
  return html`<div class="notice danger" role="alert">
    ${symbol("warning")}
    <div class="notice-row"><p dir="auto">${failure.message ?? say("failed")}</p>${canRetry ? html`<button type="button" class="text-button" @click=${tryAgain}>${symbol("retry")}${say("tryAgain")}</button>` : nothing}</div>
  </div>`;
}
