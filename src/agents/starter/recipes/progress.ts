// Show progress and tasks
// A progress line passes; the tasks of a workflow stay in the thread.
// chatkit-server --agent progress.ts

import { Agent, tool } from "@openai/agents";
import { agentContext, progress } from "chatkit-server";
import { z } from "zod";

const research = tool({
  name: "research",
  description: "Looks into a topic.",
  parameters: z.object({ topic: z.string() }),
  execute: async ({ topic }, run) => {
    const chat = agentContext(run);
    chat.stream(progress("Getting ready…", "search"));
    chat.startWorkflow({ type: "custom", tasks: [{ type: "custom", title: `Reading about ${topic}`, status_indicator: "loading" }] });
    const source = { type: "url" as const, title: "A source", url: "https://example.com" };
    chat.addWorkflowTask({ type: "web_search", title: "Searched", queries: [topic], sources: [source] });
    chat.updateWorkflowTask({ type: "custom", title: `Read about ${topic}`, status_indicator: "complete" }, 0);
    chat.endWorkflow({ title: "Looked into it", icon: "check" });
    return `All about ${topic}.`;
  },
});

export default new Agent({ name: "Researcher", instructions: "Look into things.", tools: [research] });
