import { z } from "zod";
import { assistantMessageContent, generatedImage } from "./items.ts";
import { maybe } from "./maybe.ts";
import { annotation } from "./sources.ts";
import { widgetComponent, widgetRoot } from "./widgets.ts";
import { task } from "./workflows.ts";

const index = z.int().min(0);
const part = "assistant_message.content_part" as const;

/** The ten kinds of change to an item while it streams. */
export const threadItemUpdate = z.discriminatedUnion("type", [
  z.object({ type: z.literal(`${part}.added`), content_index: index, content: assistantMessageContent }),
  z.object({ type: z.literal(`${part}.text_delta`), content_index: index, delta: z.string() }),
  z.object({ type: z.literal(`${part}.annotation_added`), content_index: index, annotation_index: index, annotation }),
  z.object({ type: z.literal(`${part}.done`), content_index: index, content: assistantMessageContent }),
  z.object({ type: z.literal("widget.streaming_text.value_delta"), component_id: z.string(), delta: z.string(), done: z.boolean() }),
  z.object({ type: z.literal("widget.root.updated"), widget: widgetRoot }),
  z.object({ type: z.literal("widget.component.updated"), component_id: z.string(), component: widgetComponent }),
  z.object({ type: z.literal("workflow.task.added"), task_index: index, task }),
  z.object({ type: z.literal("workflow.task.updated"), task_index: index, task }),
  z.object({ type: z.literal("generated_image.updated"), image: generatedImage, progress: maybe(z.number()) }),
]);

export type ThreadItemUpdate = z.infer<typeof threadItemUpdate>;
/** An update as a hook may yield it: fields with a default may be missing. */
export type ThreadItemUpdateInput = z.input<typeof threadItemUpdate>;
