import { Agent, tool } from "@openai/agents";
import { z } from "zod";

const currentTime = tool({
  name: "current_time",
  description: "The current date and time.",
  parameters: z.object({ time_zone: z.string().nullable().describe("IANA name such as Europe/Paris; null for UTC") }),
  execute: ({ time_zone }) => `It is ${now(time_zone ?? "UTC")}.`,
});

const demoWeather = tool({
  name: "demo_weather",
  description: "Made-up weather of a city, to show a tool at work. Say that it is made up.",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `${made(city)} in ${city} (made up).`,
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

/** Made-up weather; the same city always has the same. */
function made(city: string): string {
  const sum = [...city.toLowerCase()].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  const skies = ["Sunny", "Cloudy", "Windy", "Rainy", "Clear"];
  return `${skies[sum % skies.length]}, ${10 + (sum % 20)} °C`;
}
