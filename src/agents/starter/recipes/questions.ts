// Ask the person questions
// The page shows a form. What is answered or skipped starts the next run, whose model reads it; `stopAtToolNames` ends this one.
// chatkit-server --agent questions.ts

import { Agent, tool } from "@openai/agents";
import { agentContext, type StructuredInput as Question } from "chatkit-server";
import { z } from "zod";

const askAboutTrip = tool({
  name: "ask_about_trip",
  description: "Asks where the trip goes, and how.",
  parameters: z.object({}),
  execute: (_, run) => {
    const inputs: Question[] = [
      { id: "where", type: "freeform", question: "Where to?" },
      { id: "how", type: "multiple_choice", question: "How?", options: [{ value: "Train" }, { value: "Boat" }], multiple: false },
    ];
    agentContext(run).stream({ type: "thread.item.done", item: { type: "structured_input", inputs } });
    return "The person has been asked.";
  },
});

const toolUseBehavior = { stopAtToolNames: ["ask_about_trip"] };
export default new Agent({ name: "Travel", instructions: "Plan trips.", tools: [askAboutTrip], toolUseBehavior });
