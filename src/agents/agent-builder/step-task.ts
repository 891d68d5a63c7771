import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { TaskInput } from "../../protocol/workflows.ts";
import { task as taskSchema } from "../../protocol/workflows.ts";
import type { AgentContext } from "../agent-context.ts";
import { openWorkflow, withTask, withTaskAt } from "../workflow.ts";

/** A step of the workflow, shown as a task of the open workflow in the chat. */
export class StepTask {
  readonly #workflowId: string;
  readonly #index: number;

  constructor(
    private readonly chat: AgentContext<any>, // any: the request context may be of any type
    private readonly title: string,
    private readonly show: (event: ThreadStreamEvent) => void,
  ) {
    const open = chat.workflowItem ?? openWorkflow(chat, { type: "custom", tasks: [], expanded: false });
    const { item, event } = withTask(open, this.#task({ status_indicator: "loading" }));
    chat.workflowItem = item;
    this.#workflowId = item.id;
    this.#index = item.workflow.tasks.length - 1;
    show(event);
  }

  /** `content` is what the step has found, if that is to be seen. */
  end(isDone: boolean, content?: string): void {
    const open = this.chat.workflowItem;
    // An item that came in between has ended the workflow, and with it the task.
    if (open?.id !== this.#workflowId) return;
    const { item, event } = withTaskAt(open, this.#task({ status_indicator: isDone ? "complete" : "none", ...(content && { content }) }), this.#index);
    this.chat.workflowItem = item;
    this.show(event);
  }

  #task(more: Partial<Extract<TaskInput, { type: "custom" }>>) {
    return taskSchema.parse({ type: "custom", title: this.title, ...more });
  }
}
