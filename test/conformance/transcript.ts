/** Recorded conversations with the reference server, one file each. */

export type Step = {
  label: string;
  request?: { type: string; params: Record<string, unknown> };
  /** A body that is not JSON, or not the JSON it should be. */
  request_raw?: string | { hex: string };
  /** Another route of the recorded app. */
  http?: { method: string; path: string; body?: string };
  /** What the recorded app does beside the protocol. */
  peer_only?: boolean;
  status?: number;
  content_type?: string;
  events?: unknown[];
  json?: unknown;
  ends_with_blank_line?: boolean;
  transport_error?: string;
  client_disconnected_after_events?: number;
  model_requests?: unknown[];
  /** Not recorded, made up to fill a gap: its answer is not compared. */
  filled?: boolean;
};
export type Transcript = { name: string; about: string; mode: "echo" | "agent"; steps: Step[] };

const folder = new URL("wire/", import.meta.url).pathname;

export async function transcripts(mode: Transcript["mode"]): Promise<Transcript[]> {
  const names = [...new Bun.Glob("*.json").scanSync(folder)].sort();
  const all = await Promise.all(names.map(async (name): Promise<Transcript> => Bun.file(folder + name).json()));
  return all.filter((transcript) => transcript.mode === mode).map((transcript) => ({ ...transcript, steps: unfolded(transcript.steps) }));
}

/** Of steps that repeat, the first and the last are recorded: "hi 0" and "hi 44" stand for the 43 between them, too. */
function unfolded(steps: Step[]): Step[] {
  return steps.flatMap((step, i) => {
    const [from, to] = [numbered(steps[i - 1]), numbered(step)];
    if (!from || !to || from.text !== to.text || from.type !== to.type || to.number <= from.number + 1) return [step];
    const missing = Array.from({ length: to.number - from.number - 1 }, (_, n) => withText(step, `${from.text}${from.number + 1 + n}`));
    return [...missing, step];
  });
}

type UserInput = { content: { text: string }[] };

function numbered(step: Step | undefined): { type: string; text: string; number: number } | undefined {
  const input = step?.request?.params["input"] as Partial<UserInput> | undefined;
  const match = /^(.*?)(\d+)$/.exec(input?.content?.length === 1 ? input.content[0]!.text : "");
  return match ? { type: step!.request!.type, text: match[1]!, number: Number(match[2]) } : undefined;
}

function withText(step: Step, text: string): Step {
  const request = structuredClone(step.request!);
  (request.params["input"] as UserInput).content[0]!.text = text;
  return { label: text, request, filled: true };
}
