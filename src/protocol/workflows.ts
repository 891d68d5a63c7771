import { z } from "zod";
import { iconName } from "./icons.ts";
import { maybe } from "./maybe.ts";
import { fileSource, urlSource } from "./sources.ts";

const base = {
  status_indicator: z.enum(["none", "loading", "complete"]).default("none"),
  title: maybe(z.string()),
};

const customTask = z.object({ type: z.literal("custom"), ...base, icon: maybe(iconName), content: maybe(z.string()) });
const webSearchTask = z.object({
  type: z.literal("web_search"),
  ...base,
  title_query: maybe(z.string()),
  queries: z.array(z.string()).default([]),
  sources: z.array(urlSource).default([]),
});
const thoughtTask = z.object({ type: z.literal("thought"), ...base, content: z.string() });
const fileTask = z.object({ type: z.literal("file"), ...base, sources: z.array(fileSource).default([]) });
const imageTask = z.object({ type: z.literal("image"), ...base });
export const task = z.discriminatedUnion("type", [customTask, webSearchTask, thoughtTask, fileTask, imageTask]);

/** When title and duration are given, the title is kept, as in the Python SDK. */
const workflowSummary = z.union([
  z.object({ title: z.string(), icon: maybe(iconName) }),
  z.object({ duration: z.int().describe("seconds") }),
]);
export const workflow = z.object({
  type: z.enum(["custom", "reasoning"]),
  tasks: z.array(task),
  summary: maybe(workflowSummary),
  expanded: z.boolean().default(false),
});

export type CustomTask = z.infer<typeof customTask>;
export type WebSearchTask = z.infer<typeof webSearchTask>;
export type ThoughtTask = z.infer<typeof thoughtTask>;
export type FileTask = z.infer<typeof fileTask>;
export type ImageTask = z.infer<typeof imageTask>;
export type Task = z.infer<typeof task>;
/** A task as a hook may write it: fields with a default may be missing. */
export type TaskInput = z.input<typeof task>;
export type WorkflowSummary = z.infer<typeof workflowSummary>;
export type Workflow = z.infer<typeof workflow>;
export type WorkflowInput = z.input<typeof workflow>;
