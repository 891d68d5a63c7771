import { expect } from "bun:test";
import { Client, type Answer } from "./client.ts";
import type { RequestContext, Store } from "../../src/index.ts";
import { expectation, ordered } from "./differences.ts";
import { modelInputs, type ModelRequest } from "./model-requests.ts";
import { Ids, timeless } from "./normalise.ts";
import type { Step, Transcript } from "./transcript.ts";

/** One compared step: equal when everything is as it should be. */
export type Compared = { label: string; expected: unknown; got: unknown };
type Attempt = Compared & { learned: Ids };

/** A server to talk to, and what can be seen of it beside the protocol. */
export type Fixture = { url: string; store: Store<RequestContext>; feedback?: Feedback[]; asked?: ModelRequest[] };
type Feedback = { thread_id: string; item_ids: string[]; kind: string; user: string };

/** What is stored after a client has left is stored soon, not at once. */
const SETTLES_WITHIN_MS = 3000;

/** Has the conversation again with a fixture, as a user of its own. */
export async function* replay(transcript: Transcript, fixture: Fixture): AsyncGenerator<Compared> {
  const client = new Client(fixture.url, `conformance-${crypto.randomUUID()}`);
  let ids = new Ids();
  let hasLeft = false;
  for (const [i, step] of transcript.steps.entries()) {
    const expected = expectation({ step, transcript, before: transcript.steps.slice(0, i) });
    const compare = async (): Promise<Attempt | undefined> => {
      const got = await answer(step, client, ids, fixture);
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

/** Undefined where there is nothing to compare. */
async function answer(step: Step, client: Client, ids: Ids, fixture: Fixture): Promise<unknown> {
  if (step.http) return beside(ids.translate(step.http), client, fixture);
  const { asked } = fixture;
  const before = asked?.length ?? 0;
  const got = await send(step, client, ids);
  return ordered(step.model_requests && asked ? { ...got, modelRequests: modelInputs(asked.slice(before)) } : got);
}

/** The recorded app's own routes: uploads, a look into its store, and what its feedback hook saw. */
async function beside({ method, path }: { method: string; path: string }, client: Client, { store, feedback }: Fixture): Promise<unknown> {
  if (path.startsWith("/upload/")) return void (await client.fetch(path, { method, body: "bytes" }));
  if (path === "/debug/feedback") return feedback?.filter(({ user }) => user === client.user).map(({ user: _, ...seen }) => seen);
  const [, threadId] = /^\/debug\/raw\/(\w+)$/.exec(path) ?? [];
  if (!threadId) return undefined;
  const context = { userId: client.user } as RequestContext;
  const { data: items } = await store.loadThreadItems(threadId, null, 1000, "asc", context);
  return { thread: await store.loadThread(threadId, context), items };
}

async function send(step: Step, client: Client, ids: Ids): Promise<Answer> {
  const raw = step.request_raw;
  const body = step.request
    ? JSON.stringify(ids.translate(step.request))
    : typeof raw === "string"
      ? raw
      : Uint8Array.fromHex(raw?.hex ?? "");
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
