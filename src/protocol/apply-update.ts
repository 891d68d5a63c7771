import type { AssistantMessageContent, AssistantMessageItem, ThreadItem, WidgetItem, WorkflowItem } from "./items.ts";
import type { ThreadItemUpdate } from "./updates.ts";
import type { WidgetComponent, WidgetRoot } from "./widgets.ts";

/**
 * Item + update → item. The same reducer serves the items being written, stored items and clients. Pure: returns a new item and never
 * changes the given one. An update that does not fit the item's type changes nothing.
 */
export function applyUpdate<I extends ThreadItem>(item: I, update: ThreadItemUpdate): I;
export function applyUpdate(item: ThreadItem, update: ThreadItemUpdate): ThreadItem {
  switch (update.type) {
    case "assistant_message.content_part.added":
    case "assistant_message.content_part.done":
    case "assistant_message.content_part.text_delta":
    case "assistant_message.content_part.annotation_added":
      return item.type === "assistant_message" ? onMessage(item, update) : item;
    case "widget.root.updated":
      return item.type === "widget" ? { ...item, widget: update.widget } : item;
    case "widget.component.updated":
      return item.type === "widget" ? onComponent(item, update.component_id, () => update.component) : item;
    case "widget.streaming_text.value_delta":
      return item.type === "widget" ? onComponent(item, update.component_id, (node) => grown(node, update)) : item;
    case "workflow.task.added":
    case "workflow.task.updated":
      return item.type === "workflow" ? onWorkflow(item, update) : item;
    case "generated_image.updated":
      return item.type === "generated_image" ? { ...item, image: update.image } : item;
  }
}

type MessageUpdate = Extract<ThreadItemUpdate, { type: `assistant_message.${string}` }>;
type WorkflowUpdate = Extract<ThreadItemUpdate, { type: `workflow.${string}` }>;
type TextDelta = Extract<ThreadItemUpdate, { type: "widget.streaming_text.value_delta" }>;

const EMPTY_PART: AssistantMessageContent = { type: "output_text", text: "", annotations: [] };
/** An update may name a part that was never added: empty parts are put before it, but not more than this. */
const MAX_PADDING = 1000;

function onMessage(item: AssistantMessageItem, update: MessageUpdate): AssistantMessageItem {
  const index = update.content_index;
  if (index > item.content.length + MAX_PADDING) return item;
  const content = item.content.slice();
  while (content.length <= index) content.push(EMPTY_PART);
  content[index] = newPart(content[index] ?? EMPTY_PART, update);
  return { ...item, content };
}

function newPart(part: AssistantMessageContent, update: MessageUpdate): AssistantMessageContent {
  switch (update.type) {
    case "assistant_message.content_part.added":
      return update.content;
    case "assistant_message.content_part.done":
      // Annotations that came one by one are not repeated in the `done` update.
      return update.content.annotations.length > 0 ? update.content : { ...update.content, annotations: part.annotations };
    case "assistant_message.content_part.text_delta":
      return { ...part, text: part.text + update.delta };
    case "assistant_message.content_part.annotation_added":
      return { ...part, annotations: part.annotations.toSpliced(update.annotation_index, 0, update.annotation) };
  }
}

function onWorkflow(item: WorkflowItem, update: WorkflowUpdate): WorkflowItem {
  const tasks = item.workflow.tasks.slice();
  if (update.type === "workflow.task.added") tasks.splice(Math.min(update.task_index, tasks.length), 0, update.task);
  else if (update.task_index < tasks.length) tasks[update.task_index] = update.task;
  return { ...item, workflow: { ...item.workflow, tasks } };
}

type Node = { id?: string; children?: unknown; value?: unknown; streaming?: unknown };

function onComponent(item: WidgetItem, id: string, change: (node: Node) => unknown): WidgetItem {
  const widget = replaced(item.widget as Node, id, change) as WidgetRoot | WidgetComponent;
  return widget === item.widget ? item : { ...item, widget: widget as WidgetRoot };
}

/** The tree with the component of that id changed; parts without it are the same objects as before. */
function replaced(node: Node, id: string, change: (node: Node) => unknown): unknown {
  if (node.id === id) return change(node);
  const { children } = node;
  if (Array.isArray(children)) {
    const next = children.map((child) => replaced(child as Node, id, change));
    return next.some((child, i) => child !== children[i]) ? { ...node, children: next } : node;
  }
  if (typeof children !== "object" || children === null) return node;
  const next = replaced(children as Node, id, change);
  return next === children ? node : { ...node, children: next };
}

function grown(node: Node, update: TextDelta): Node {
  const value = (typeof node.value === "string" ? node.value : "") + update.delta;
  return update.done ? { ...node, value, streaming: false } : { ...node, value };
}
