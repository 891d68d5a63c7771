import { judgedConversation } from "./judged-conversation.ts";
import { quietGuardrails } from "./quiet-guardrails.ts";
import { currentTurn } from "./turn.ts";

type Result = { tripwireTriggered?: boolean; info?: Record<string, unknown> };
type Bundle = { guardrails?: { name?: string; config?: object }[] };
type RunGuardrails = (data: string, bundle: Bundle, context?: object, raises?: boolean) => Promise<Result[]>;

/**
 * `@openai/guardrails` as workflows get it. A check that cannot be made is an error, also where an older export would go on as if nothing
 * had been found; and what was masked is noted, so that later turns do not read it either.
 *
 * Import this file once the modules of the program are registered: the package takes the SDKs from there.
 */
export async function guardrails(): Promise<Record<string, unknown>> {
  Bun.plugin(quietGuardrails);
  const found = (await import("@openai/guardrails")) as unknown as Record<string, unknown> & { runGuardrails: RunGuardrails };
  const runGuardrails: RunGuardrails = async (data, bundle, context) => {
    const results = await found.runGuardrails(data, complete(bundle), withConversation(bundle, context), true);
    const skipped = results.find(({ info }) => String(info?.["observation"]).startsWith("Error during"));
    if (skipped) throw new Error(`A guardrail could not be asked: ${String(skipped.info?.["observation"])}`);
    const safe = results.map(({ info }) => info?.["checked_text"] ?? info?.["anonymized_text"]).find((text) => typeof text === "string" && text !== data);
    if (safe !== undefined) currentTurn()?.masks.set(data, safe as string);
    return results;
  };
  return { ...found, runGuardrails };
}

/** The check for injected instructions judges the calls of tools, which it looks for in the conversation; files do not hand it in. */
function withConversation(bundle: Bundle, context: object | undefined): object | undefined {
  const turn = currentTurn();
  const isAsked = bundle.guardrails?.some(({ name }) => name === "Prompt Injection Detection");
  return turn && isAsked ? { getConversationHistory: () => judgedConversation(turn.conversation()), ...context } : context;
}

/** With the setting that older exports do not have, and the package of today does not do without. */
function complete(bundle: Bundle): Bundle {
  const guardrails = bundle.guardrails?.map((one) => (one.name === "Contains PII" ? { ...one, config: { detect_encoded_pii: false, ...one.config } } : one));
  return guardrails ? { ...bundle, guardrails } : bundle;
}
