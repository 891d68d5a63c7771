/** What a guardrail's finding means, in words for the person in the chat. */
const FINDINGS: Record<string, string> = {
  pii: "it contains personal data",
  moderation: "it is against the rules for content",
  jailbreak: "it asks the assistant to leave its rules",
  hallucination: "it says something that could not be confirmed",
  nsfw: "it is not suitable here",
  url_filter: "it contains an address that is not allowed",
  custom_prompt_check: "it is not what this assistant is for",
  prompt_injection: "it contains instructions that do not come from you",
};

/** The refusal for an object that says which guardrails have failed, as exported files return it; undefined for any other value. */
export function refusalFor(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const checks = Object.entries(value).filter(([name, check]) => name in FINDINGS && typeof (check as { failed?: unknown } | null)?.failed === "boolean");
  if (checks.length === 0) return undefined;
  const failed = checks.filter(([, check]) => (check as { failed: boolean }).failed).map(([name]) => FINDINGS[name]!);
  return refusal(failed);
}

/** The refusal for what a guardrail throws instead; undefined for any other error. */
export function refusalForThrown(thrown: unknown): string | undefined {
  return thrown instanceof Error && /GuardrailTripwireTriggered$/.test(thrown.constructor.name) ? refusal([]) : undefined;
}

function refusal(reasons: string[]): string {
  const why = reasons.length === 0 ? "" : `: ${reasons.join(", and ")}`;
  return `Sorry, I cannot answer this${why}.`;
}
