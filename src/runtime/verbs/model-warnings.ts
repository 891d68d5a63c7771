import type { CheckedAgent } from "../../cli/verbs.ts";
import { OPENAI_URL } from "../../config/openai.ts";
import type { Config } from "../../config/options.ts";

const WITHIN_MS = 5000;
/** When OpenAI stops serving models that exported workflows name. */
const STOPS: Record<string, string> = {
  "gpt-5": "2026-12-11",
  "gpt-5-mini": "2026-12-11",
  "gpt-5-nano": "2026-12-11",
  "gpt-4o": "2027-01-14",
  "gpt-4.1": "2027-01-14",
};

/** What is wrong with the models of the agents: the model server does not list them, or they will be stopped. */
export async function modelWarnings(agents: CheckedAgent["models"], config: Config): Promise<string[]> {
  // In place of a name there may be words, such as those for the demo model.
  const named = agents.filter(({ model }) => !model.includes(" "));
  if (named.length === 0 || (config.openaiApiKey === undefined && config.openaiBaseUrl === undefined)) return [];
  const listed = await listedModels(config);
  const models = Object.entries(Object.groupBy(named, ({ model }) => model)).map(([model, of = []]) => ({ model, of: of.map(({ agent }) => agent).join(", ") }));
  const unknown = typeof listed === "string" ? [] : models.filter(({ model }) => !listed.has(model));
  const stopping = models.filter(({ model }) => model in STOPS);
  return [
    ...(typeof listed === "string" ? [`the model server's list of models could not be had: ${listed}`] : []),
    ...unknown.map(({ of, model }) => `the model server does not list ${model}, the model of ${of}: name another one, or say what it means with model_aliases`),
    ...stopping.map(({ of, model }) => `OpenAI stops ${model}, the model of ${of}, on ${STOPS[model]}: name another one, or say what it means with model_aliases`),
  ];
}

/** The ids, or why there are none. */
async function listedModels({ openaiApiKey, openaiBaseUrl = OPENAI_URL }: Config): Promise<ReadonlySet<string> | string> {
  try {
    const headers: Record<string, string> = openaiApiKey === undefined ? {} : { authorization: `Bearer ${openaiApiKey}` };
    const response = await fetch(`${openaiBaseUrl}/models`, { headers, signal: AbortSignal.timeout(WITHIN_MS), redirect: "error" });
    if (!response.ok) return `HTTP ${response.status}`;
    const { data } = (await response.json()) as { data?: { id?: unknown }[] };
    return Array.isArray(data) ? new Set(data.map(({ id }) => String(id))) : "it is in another form";
  } catch {
    return "no connection";
  }
}
