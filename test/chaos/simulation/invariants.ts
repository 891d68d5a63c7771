import { Facts } from "./facts.ts";
import { freed } from "./promises/freed.ts";
import { inputs } from "./promises/inputs.ts";
import { messages } from "./promises/messages.ts";
import { order } from "./promises/order.ts";
import { owners } from "./promises/owners.ts";
import { removed } from "./promises/removed.ts";
import { stored } from "./promises/stored.ts";
import { streams } from "./promises/streams.ts";
import { widgets } from "./promises/widgets.ts";
import { words } from "./promises/words.ts";

const PROMISES = { stored, owners, order, messages, inputs, freed, removed, widgets, words, streams };

/** Each promise that was broken, with what broke it. */
export function violations(...about: ConstructorParameters<typeof Facts>): string[] {
  const facts = new Facts(...about);
  return Object.entries(PROMISES).flatMap(([name, broken]) => [...broken(facts)].map((what) => `${name}: ${what}`));
}
