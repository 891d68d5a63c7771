// Show a widget
// Whatever a tool streams is part of the answer and is stored with it.
// `WidgetTemplate.fromFile("card.widget").build(data)` makes such a card out of a file of the widget editor.
// chatkit-server --agent widget.ts

import { Agent, tool } from "@openai/agents";
import { agentContext } from "chatkit-server";
import { z } from "zod";

const showWeather = tool({
  name: "show_weather",
  description: "Shows the weather in a city.",
  parameters: z.object({ city: z.string(), degrees: z.number() }),
  execute: async ({ city, degrees }, run) => {
    const button = { type: "Button", label: "Tomorrow", onClickAction: { type: "weather.tomorrow", payload: { city } } } as const;
    await agentContext(run).streamWidget({ type: "Card", children: [{ type: "Title", value: `${city}: ${degrees} °C` }, button] });
    return "The person sees it.";
  },
});

export default new Agent({ name: "Weather", instructions: "Show the weather.", tools: [showWeather] });
