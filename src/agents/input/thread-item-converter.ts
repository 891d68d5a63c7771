/** Input: the items of a thread become what a model reads. A thread is never changed here. */
import type { AgentInputItem } from "@openai/agents";
import type { Attachment } from "../../protocol/attachments.ts";
import type { InputTag } from "../../protocol/input.ts";
import type {
  AssistantMessageItem,
  ClientToolCallItem,
  EndOfTurnItem,
  GeneratedImageItem,
  HiddenContextItem,
  SDKHiddenContextItem,
  StructuredInputItem,
  TaskItem,
  ThreadItem,
  UserMessageItem,
  WidgetItem,
  WorkflowItem,
} from "../../protocol/items.ts";
import type { Task } from "../../protocol/workflows.ts";
import { KEPT, keptIn, withKept } from "../models/kept-call.ts";
import { attachmentInput } from "./attachment-input.ts";
import { textPart, userInput, type ItemContext, type UserInputPart } from "./input-items.ts";

/** What an item becomes; null leaves it out. */
type Input = AgentInputItem | AgentInputItem[] | null;

// The texts are those of the Python SDK, so that an agent that moves here reads the same.
const QUOTED = "The user is referring to this in particular: \n";
const MENTIONS = [
  "# User-provided context for @-mentions",
  "- When referencing resolved entities, use their canonical names **without** '@'.",
  "- The '@' form appears only in user text and should not be echoed.",
].join("\n");
const TASK_SHOWN = "A message was displayed to the user that the following task was performed:";

/** Turns the items of a thread into model input of the agents SDK. Each type of item has its method; override what should be different. */
export class ThreadItemConverter {
  async toAgentInput(items: ThreadItem[] | ThreadItem, context?: ItemContext): Promise<AgentInputItem[]> {
    const list = Array.isArray(items) ? items.slice() : [items];
    const last = list.at(-1);
    // All at the same time, since attachments may have to be fetched.
    const inputs = await Promise.all(list.map((item) => this.#toInput(item, context, item === last)));
    return inputs.flatMap((input) => input ?? []);
  }

  async #toInput(item: ThreadItem, context: ItemContext | undefined, isLast: boolean): Promise<Input> {
    switch (item.type) {
      case "user_message":
        return this.userMessageToInput(item, context, isLast);
      case "assistant_message":
        return this.assistantMessageToInput(item, context);
      case "client_tool_call":
        return this.clientToolCallToInput(item, context);
      case "widget":
        return this.widgetToInput(item, context);
      case "generated_image":
        return this.generatedImageToInput(item, context);
      case "structured_input":
        return this.structuredInputToInput(item, context);
      case "workflow":
        return this.workflowToInput(item, context);
      case "task":
        return this.taskToInput(item, context);
      case "end_of_turn":
        return this.endOfTurnToInput(item, context);
      case "hidden_context_item":
        return this.hiddenContextToInput(item, context);
      case "sdk_hidden_context":
        return this.sdkHiddenContextToInput(item, context);
    }
  }

  /** With an attachment store: images, PDFs and text with their content, others by their name. */
  async attachmentToMessageContent(attachment: Attachment, context?: ItemContext): Promise<UserInputPart> {
    return attachmentInput(attachment, context);
  }

  /** What the model reads about an @-mention, in addition to its text in the message. */
  async tagToMessageContent(tag: InputTag, _context?: ItemContext): Promise<UserInputPart> {
    const data = Object.keys(tag.data).length > 0 ? ` ${JSON.stringify(tag.data)}` : "";
    return textPart(`<tag id=${tag.id}>${tag.text}${data}</tag>`);
  }

  /** The text as typed; then the text it quotes, if it is the last item of the thread; then what its tags stand for. */
  async userMessageToInput(item: UserMessageItem, context?: ItemContext, isLast = true): Promise<Input> {
    const text = item.content.map((part) => (part.type === "input_tag" ? `@${part.text}` : part.text)).join("");
    const attachments = await Promise.all(item.attachments.map((attachment) => this.attachmentToMessageContent(attachment, context)));
    const input = [userInput(textPart(text), ...attachments)];
    if (item.quoted_text && isLast) input.push(userInput(textPart(QUOTED + item.quoted_text)));
    const tags = new Map<string, InputTag>();
    for (const part of item.content) if (part.type === "input_tag" && !tags.has(part.text)) tags.set(part.text, part);
    if (tags.size === 0) return input;
    const mentions = await Promise.all([...tags.values()].map((tag) => this.tagToMessageContent(tag, context)));
    return [...input, userInput(textPart(MENTIONS), ...mentions)];
  }

  async assistantMessageToInput(item: AssistantMessageItem, _context?: ItemContext): Promise<Input> {
    const content = item.content.map((part) => ({ type: "output_text" as const, text: part.text }));
    return { type: "message", role: "assistant", status: "completed", content };
  }

  /** A call that the page has not answered is left out, since models refuse a call without its output. */
  async clientToolCallToInput(item: ClientToolCallItem, _context?: ItemContext): Promise<Input> {
    if (item.status === "pending") return null;
    const ends = { callId: item.call_id, name: item.name, status: "completed" } as const;
    const call = { ...ends, type: "function_call", arguments: JSON.stringify(item.arguments) } as const;
    const kept = keptIn(item.metadata?.[KEPT]);
    return [kept ? withKept(call, kept) : call, { ...ends, type: "function_call_result", output: JSON.stringify(item.output ?? null) }];
  }

  async widgetToInput(item: WidgetItem, _context?: ItemContext): Promise<Input> {
    const shown = `The following graphical UI widget (id: ${item.id}) was displayed to the user:`;
    return userInput(textPart(shown + JSON.stringify(item.widget)));
  }

  async generatedImageToInput(item: GeneratedImageItem, _context?: ItemContext): Promise<Input> {
    if (!item.image) return null;
    const image: UserInputPart = { type: "input_image", image: item.image.url, detail: "auto" };
    return userInput(textPart("The following image was generated by the agent."), image);
  }

  async structuredInputToInput(item: StructuredInputItem, _context?: ItemContext): Promise<Input> {
    const lines = item.inputs.map(({ question, answer }) => {
      const said = answer === undefined ? "unanswered" : answer.skipped ? "skipped" : answer.values.join(", ");
      return `- ${question}: ${said}`;
    });
    const shown = `A structured input request was displayed to the user with the following status: ${item.status}`;
    return userInput(textPart([shown, "<StructuredInput>", ...lines, "</StructuredInput>"].join("\n")));
  }

  /** Only its custom tasks: thoughts and searches came from the model itself. */
  async workflowToInput(item: WorkflowItem, _context?: ItemContext): Promise<Input> {
    return item.workflow.tasks.flatMap((task) => taskInput(task) ?? []);
  }

  async taskToInput(item: TaskItem, _context?: ItemContext): Promise<Input> {
    return taskInput(item.task);
  }

  async hiddenContextToInput(item: HiddenContextItem, _context?: ItemContext): Promise<Input> {
    return hiddenInput(typeof item.content === "string" ? item.content : (JSON.stringify(item.content) ?? ""));
  }

  async sdkHiddenContextToInput(item: SDKHiddenContextItem, _context?: ItemContext): Promise<Input> {
    return hiddenInput(item.content);
  }

  async endOfTurnToInput(_item: EndOfTurnItem, _context?: ItemContext): Promise<Input> {
    return null;
  }
}

const converter = new ThreadItemConverter();

/** The items of a thread as model input, converted by the default `ThreadItemConverter`. */
export function simpleToAgentInput(items: ThreadItem[] | ThreadItem): Promise<AgentInputItem[]> {
  return converter.toAgentInput(items);
}

function taskInput(task: Task): AgentInputItem | null {
  if (task.type !== "custom" || (!task.title && !task.content)) return null;
  const text = [task.title, task.content].filter(Boolean).join(": ");
  return userInput(textPart(`${TASK_SHOWN}\n<Task>\n${text}\n</Task>`));
}

function hiddenInput(content: string): AgentInputItem {
  return userInput(textPart(`Hidden context for the agent (not shown to the user):\n<HiddenContext>\n${content}\n</HiddenContext>`));
}
