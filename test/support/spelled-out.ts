const WORDS = "the quick brown fox jumps over the lazy dog and then it rests a while".split(" ");
type Spec = { text?: unknown; delay?: number; parts?: Spec[] };
type Script = { turns?: Spec[][]; after?: Record<string, Spec[][]>; delay?: number; deltas?: number };

/**
 * The scripts of the recorded transcripts in the dialect of our model server: `{"text": 5}` stands for five words there, as does
 * `"deltas": 5` without turns, and each text may have a delay of its own.
 */
export function spelledOut(body: string): string {
  return JSON.stringify(
    JSON.parse(body, (_, value: unknown) => (typeof value === "string" ? value.replace(/\[\[fake:(.*)\]\]/s, rewritten) : value)),
  );
}

function rewritten(whole: string, json: string): string {
  try {
    return `[[fake:${JSON.stringify(inFull(JSON.parse(json) as Script))}]]`;
  } catch {
    return whole; // only the beginning of a script
  }
}

function inFull(script: Script): Script {
  const delays: number[] = [];
  const turn = (specs: Spec[]): Spec[] =>
    specs.map(({ delay, ...spec }) => {
      if (delay) delays.push(delay);
      if (spec.parts) return { ...spec, parts: turn(spec.parts) };
      return typeof spec.text === "number" ? { ...spec, text: words(spec.text) } : spec;
    });
  const unscripted = script.deltas === undefined ? undefined : [[{ text: words(script.deltas) }]];
  const turns = script.turns?.map(turn) ?? unscripted;
  const after = script.after && Object.fromEntries(Object.entries(script.after).map(([name, list]) => [name, list.map(turn)]));
  const delay = script.delay ?? delays[0];
  return { ...(turns && { turns }), ...(after && { after }), ...(delay !== undefined && { delay }) };
}

const words = (count: number): string => Array.from({ length: count }, (_, i) => WORDS[i % WORDS.length]).join(" ");
