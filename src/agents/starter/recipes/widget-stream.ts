// Stream text into a widget
// Yield the widget as it grows: only what is new since the last rendering is sent.
// chatkit-server --agent widget-stream.ts

import { Agent, Runner, tool } from "@openai/agents";
import { accumulateText, agentContext, type WidgetRoot } from "chatkit-server";
import { z } from "zod";

const poet = new Agent({ name: "Poet", instructions: "Write a short poem." });

const writePoem = tool({
  name: "write_poem",
  description: "Writes a poem on a card.",
  parameters: z.object({ about: z.string() }),
  execute: async ({ about }, run) => {
    const poem = await new Runner().run(poet, about, { stream: true });
    await agentContext(run).streamWidget(onCard(poem.toStream()));
    return "The poem is on the card.";
  },
});

async function* onCard(events: AsyncIterable<{ type: string }>): AsyncGenerator<WidgetRoot> {
  const text = { type: "Markdown" as const, id: "poem", value: "", streaming: true };
  for await (const grown of accumulateText(events, text)) yield { type: "Card", children: [grown] };
}

export default new Agent({ name: "Assistant", instructions: "Poems are written by the tool.", tools: [writePoem] });
