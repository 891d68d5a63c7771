import { expect } from "bun:test";
import { Client, type Answer } from "./client.ts";
import { expectation } from "./differences.ts";
import { Ids, timeless } from "./normalise.ts";
import type { Step, Transcript } from "./transcript.ts";

/** One compared step: equal when everything is as it should be. */
export type Compared = { label: string; expected: unknown; got: unknown };
type Attempt = Compared & { learned: Ids };

/** What the recorded app answers beside the protocol; undefined leaves the step out. */
export type Peer = (http: { method: string; path: string }, client: Client) => Promise<unknown>;

/** What is stored after a client has left is stored soon, not at once. */
const SETTLES_WITHIN_MS = 3000;

/** Has the conversation again with the server at `origin`, as a user of its own. */
export async function* replay(transcript: Transcript, origin: string, peer: Peer): AsyncGenerator<Compared> {
  const client = new Client(origin, `conformance-${crypto.randomUUID()}`);
  let ids = new Ids();
  let hasLeft = false;
  for (const [i, step] of transcript.steps.entries()) {
    const expected = expectation({ step, transcript, before: transcript.steps.slice(0, i) });
    const compare = async (): Promise<Attempt | undefined> => {
      const got = await (step.http ? peer(ids.translate(step.http), client) : send(step, client, ids));
      if (got === undefined || step.filled) return undefined;
      const learned = new Ids(ids);
      learned.bind(expected, got);
      return { label: step.label, expected: timeless(learned.translate(expected), "recorded"), got: timeless(got, "ours"), learned };
    };
    const isReading = step.http !== undefined || step.events === undefined;
    const compared = await (hasLeft && isReading ? settled(compare) : compare());
    if (compared) {
      ids = compared.learned;
      yield compared;
    }
    hasLeft ||= step.client_disconnected_after_events !== undefined;
  }
}

async function send(step: Step, client: Client, ids: Ids): Promise<Answer> {
  const raw = step.request_raw;
  const body = step.request ? JSON.stringify(ids.translate(step.request)) : typeof raw === "string" ? raw : Uint8Array.fromHex(raw?.hex ?? "");
  const contentType = /^content-type (\S+)$/.exec(step.label)?.[1] ?? "application/json";
  return client.post(body, { contentType, leaveAfter: step.client_disconnected_after_events ?? Infinity });
}

async function settled(compare: () => Promise<Attempt | undefined>): Promise<Attempt | undefined> {
  const deadline = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const compared = await compare();
    if (!compared || Date.now() > deadline || matches(compared)) return compared;
    await Bun.sleep(20);
  }
}

function matches({ got, expected }: Compared): boolean {
  try {
    expect(got).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}
