import { Agent, tool } from "@openai/agents";
import { z } from "zod";
import type { WidgetRoot } from "../../protocol/widgets.ts";
import { AgentContext } from "../agent-context.ts";

const currentTime = tool({
  name: "current_time",
  description: "The current date and time.",
  parameters: z.object({ time_zone: z.string().nullable().describe("IANA name such as Europe/Paris; null for UTC") }),
  execute: ({ time_zone }) => `It is ${now(time_zone ?? "UTC")}.`,
});

const demoWeather = tool({
  name: "demo_weather",
  description: "Made-up weather of a city, to show a tool and a widget at work. The person sees a card; say that it is made up.",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }, run) => {
    const { sky, degrees } = made(city);
    // Outside of a chat there is nobody to show a card to.
    if (run?.context instanceof AgentContext) await run.context.streamWidget(weatherCard(city, sky, degrees), `${city}: ${sky}, ${degrees} °C`);
    return `${sky}, ${degrees} °C in ${city} (made up).`;
  },
});

/** The agent that answers when none is configured. */
export function builtInAgent(): Agent {
  return new Agent({
    name: "Assistant",
    instructions: "You are a helpful assistant in a chat. Answer briefly, in Markdown, in the language of the question.",
    tools: [currentTime, demoWeather],
  });
}

function now(timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone }).format() + ` (${timeZone})`;
}

const SKIES = { Sunny: "sun", Cloudy: "cloud", Windy: "wind", Rainy: "cloud-rain", Clear: "moon-star" } as const;
type Sky = keyof typeof SKIES;

/** Made-up weather; the same city always has the same. */
function made(city: string): { sky: Sky; degrees: number } {
  const sum = [...city.toLowerCase()].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  const skies = Object.keys(SKIES) as Sky[];
  return { sky: skies[sum % skies.length]!, degrees: 10 + (sum % 20) };
}

function weatherCard(city: string, sky: Sky, degrees: number): WidgetRoot {
  return {
    type: "Card",
    size: "sm",
    children: [
      {
        type: "Row",
        align: "center",
        gap: 3,
        children: [
          // Widgets take these names, too, though the client's types do not say so.
          { type: "Icon", name: `lucide:${SKIES[sky]}` as "globe", size: "2xl" },
          { type: "Col", children: [{ type: "Text", value: city, weight: "semibold" }, { type: "Caption", value: `${sky} · made up` }] },
          { type: "Spacer" },
          { type: "Title", value: `${degrees} °C` },
        ],
      },
    ],
  };
}
