// Ask the page
// A client tool is answered by the page's `onClientTool`; the run stops there and goes on with the page's answer.
// chatkit-server --agent client-tool.ts

import { Agent } from "@openai/agents";
import { clientTool, progress } from "chatkit-server";
import { z } from "zod";

const readSelection = clientTool({
  name: "read_selection",
  description: "Reads what is selected on the page.",
  parameters: z.object({ format: z.enum(["text", "html"]) }),
  onCall: (_, chat) => chat.stream(progress("Looking at your selection…")),
});

export default new Agent({ name: "Editor", instructions: "Work on what is selected.", tools: [readSelection] });
