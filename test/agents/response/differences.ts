/** Where the bridge differs from the recorded reference on purpose: `file/case` → why, and what it gives instead. */
export const DIFFERENCES: Record<string, { reason: string; instead: unknown }> = {
  "stream_agent_response/workflow_duplicate_task": {
    reason: "The reference gives an equal task the index of the first one; here each has its own.",
    instead: { taskIndexes: [1, 2] },
  },
  "stream_agent_response/workflow_two": {
    reason: "The reference forgets the first workflow: it is never done and never stored.",
    instead: { types: ["thread.item.added", "thread.item.done", "thread.item.added"] },
  },
  "thread_item_converter/user_tag_default": {
    reason: "The reference raises until a method is overridden; here a tag becomes a short text with its data.",
    instead: ['<tag id=t1>Alice {"k":1}</tag>'],
  },
  "thread_item_converter/hidden_object": {
    reason: "The reference raises for hidden context that is no text; here it is JSON.",
    instead: ['Hidden context for the agent (not shown to the user):\n<HiddenContext>\n{"a":1}\n</HiddenContext>'],
  },
  "thread_item_converter/hidden_number": {
    reason: "The same.",
    instead: ["Hidden context for the agent (not shown to the user):\n<HiddenContext>\n5\n</HiddenContext>"],
  },
};
