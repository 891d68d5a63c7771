import { html, nothing, type TemplateResult } from "lit";
import type { TaskItem, WorkflowItem } from "../../../protocol/items.ts";
import type { Task, Workflow } from "../../../protocol/workflows.ts";
import { icon } from "../icons/index.ts";
import type { ItemProps, ViewContext } from "./context.ts";
import { richText } from "./rich-text.ts";
import { sourceView } from "./sources.ts";
import { symbol, type SymbolName } from "./symbol.ts";

/** Open while it is being written, afterwards as the server says, until the person opens or closes it. */
export function workflowView({ workflow }: WorkflowItem, { isLive, context }: ItemProps): TemplateResult {
  const { tasks, summary, expanded } = workflow;
  const picture = summary && "icon" in summary && summary.icon ? html`<span class="step-icon">${icon(summary.icon)}</span>` : nothing;
  const title = titleOf(workflow, isLive, context);
  if (tasks.length === 0) return html`<p class="workflow-title">${picture}<span class=${isLive ? "shimmer" : ""}>${title}</span></p>`;
  return html`<details class="workflow" ?open=${isLive || expanded}>
    <summary class="workflow-title">${picture}<span class=${isLive ? "shimmer" : ""} dir="auto">${title}</span>${symbol("open")}</summary>
    <ol class="steps">
      ${tasks.map((task) => html`<li>${taskView(task, context)}</li>`)}
    </ol>
  </details>`;
}

function titleOf({ type, tasks, summary }: Workflow, isLive: boolean, { say }: ViewContext): string {
  if (summary && "title" in summary) return summary.title;
  if (summary) return say("thoughtFor", { seconds: Math.max(1, summary.duration) });
  const running = isLive ? tasks.findLast(({ title }) => title)?.title : undefined;
  if (running !== undefined) return running;
  if (type === "reasoning") return say(isLive ? "thinking" : "thought");
  return say(isLive ? "working" : "steps");
}

export function taskItemView({ task }: TaskItem, { context }: ItemProps): TemplateResult {
  return html`<div class="steps single">${taskView(task, context)}</div>`;
}

const SYMBOLS: Record<Exclude<Task["type"], "custom">, SymbolName> = { web_search: "globe", thought: "thought", file: "file", image: "image" };

function taskView(task: Task, context: ViewContext): TemplateResult {
  const picture = task.type !== "custom" ? symbol(SYMBOLS[task.type]) : task.icon ? icon(task.icon) : html`<span class="step-dot"></span>`;
  const isLoading = task.status_indicator === "loading";
  const mark = isLoading ? html`<span class="spinner"></span>` : task.status_indicator === "complete" && task.type === "custom" && !task.icon ? symbol("check") : picture;
  const title = taskTitle(task, context);
  return html`<div class="step">
    <span class="step-icon">${mark}</span>
    <div class="step-body">${title ? html`<p class="step-title ${isLoading ? "shimmer" : ""}" dir="auto">${title}</p>` : nothing}${taskBody(task, context)}</div>
  </div>`;
}

function taskTitle(task: Task, { say }: ViewContext): string | undefined {
  if (task.type === "web_search") return task.title ?? task.title_query ?? say("webSearch");
  if (task.type === "file") return task.title ?? say("files");
  if (task.type === "image") return task.title ?? say("image");
  return task.title;
}

function taskBody(task: Task, context: ViewContext) {
  if ((task.type === "custom" || task.type === "thought") && task.content) return html`<div class="step-text">${richText(task.content, { context })}</div>`;
  if (task.type !== "web_search" && task.type !== "file") return nothing;
  const queries = task.type === "web_search" ? task.queries : [];
  return html`${queries.length > 0 ? html`<p class="queries">${queries.map((query) => html`<span class="query" dir="auto">${symbol("search")}${query}</span>`)}</p>` : nothing}
  ${task.sources.length > 0 ? html`<div class="sources">${task.sources.map((source) => sourceView(source, context))}</div>` : nothing}`;
}
