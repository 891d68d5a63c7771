import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import type { Run, RunOpening } from "../../../src/store/store.ts";
import { StoreUnavailable } from "../../../src/store/unavailable.ts";
import type { Change, Happening } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Simulation, SimulatedStore } from "./simulation.ts";

type Args = unknown[];
type Writing = Extract<Happening, { kind: "writes" }>;

/** Where each method that writes has its context; those not listed only read. */
const WRITES: Record<string, number> = {
  saveThread: 1,
  updateThread: 2,
  deleteThread: 1,
  addThreadItem: 2,
  saveItem: 2,
  updateItem: 3,
  deleteThreadItem: 2,
  completeClientToolCall: 2,
  deleteItemsAfter: 2,
  saveRunState: 2,
  openRun: 1,
  checkpointRun: 2,
  closeRun: 1,
  cutOffRun: 2,
  recoverRuns: -1,
};
const LEAVE_ITEMS = new Set(["checkpointRun", "closeRun", "saveRunState"]);
/** A process may die right after these, before it knows that they are done. */
const DEADLY = new Set(["openRun", "deleteThreadItem", "deleteItemsAfter", "completeClientToolCall", "saveItem", "addThreadItem", "cutOffRun"]);
const ABOUT_ONE_ITEM = new Set(["addThreadItem", "saveItem", "updateItem", "deleteThreadItem"]);
const ENDS_RUNS = new Set(["closeRun", "cutOffRun", "recoverRuns", "deleteThread"]);
/** How long a driver waits for a database that does not answer. */
const DEADLINE_MS = 8000;

/** The store as one process sees it: calls take time, can be lost on their way, and so can their answers. A dead process has none. */
export function storePort(simulation: Simulation, process: SimulatedProcess): SimulatedStore {
  return new Proxy(simulation.store, {
    get(store, name: string) {
      const method = Reflect.get(store, name) as unknown;
      if (typeof method !== "function") return method;
      if (name.startsWith("generate")) return method.bind(store) as unknown;
      return (...args: Args) => call(simulation, process, name, args);
    },
  });
}

function call(simulation: Simulation, process: SimulatedProcess, method: string, args: Args): Promise<unknown> {
  const { weather, scheduler, database } = simulation;
  const isSlow = weather.strikes("slow store answer", 12);
  const before = isSlow ? weather.between(20, 3000) : weather.between(0.1, 2);
  const after = isSlow && weather.random.once(2) ? weather.between(20, 2000) : weather.between(0.1, 1);
  const isLost = weather.strikes("lost store answer", 25);
  const isDone = !isLost || weather.random.once(2);
  return new Promise((resolve, reject) => {
    const lose = (ms: number) => void scheduler.after(ms, process, () => reject(new StoreUnavailable("unreachable", new Error("simulated"))));
    if (database.isAway || process.isCutOff) return lose(weather.random.once(3) ? DEADLINE_MS : 1);
    if (!isDone) return lose(before);
    scheduler.after(before, database, () => {
      // Of what a dead process had sent some arrives and some does not.
      if (process.isGone && (!(method in WRITES) || weather.random.once(2))) return;
      const answer = (settle: () => void) => {
        if (DEADLY.has(method) && weather.strikes("crash", 40)) process.die();
        if (isLost) lose(after);
        else scheduler.after(after, process, settle);
      };
      void done(simulation, process, method, args).then(
        (value) => answer(() => resolve(value)),
        (error: Error) => answer(() => reject(error)),
      );
    });
  });
}

/** Calls the store and records what that has changed. */
async function done(simulation: Simulation, process: SimulatedProcess, method: string, args: Args): Promise<unknown> {
  const { store, history, ledger } = simulation;
  const work = () => (Reflect.get(store, method) as (...args: Args) => Promise<unknown>).apply(store, args);
  const position = WRITES[method];
  if (position === undefined) return work();
  const context = args[position] as RequestContext | undefined;
  const writing: Writing = { kind: "writes", process: process.name, method, changes: [], ...named(method, args, context) };
  const { threadId } = writing;
  // The holder while the call was made, if its lease had not run out yet.
  const holder = threadId === undefined ? undefined : ledger.holderOf(threadId);
  if (holder && method === "openRun" && ((await store.leaseLeft(holder.run, holder.context)) ?? 0) > 0) writing.holder = holder.run.id;
  try {
    const answer = await work();
    writing.changes = await changesOf(ledger, writing, answer);
    return answer;
  } catch (error) {
    writing.isRefused = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw error;
  } finally {
    history.add(writing);
    if (!writing.isRefused && method === "openRun") ledger.holds((args[0] as RunOpening).run, context!);
    if (ENDS_RUNS.has(method)) for (const freed of await ledger.freed()) history.add({ kind: "frees", by: method, ...freed });
  }
}

/** What a write has changed. Of one that is about one item only that is looked up; should it change others, the next look tells. */
async function changesOf(ledger: Ledger, { method, threadId, itemId }: Writing, answer: unknown): Promise<Change[]> {
  if (LEAVE_ITEMS.has(method) || answer === 0) return [];
  return itemId !== undefined && threadId !== undefined ? ledger.lookAtItem(threadId, itemId) : ledger.look(threadId);
}

function named(method: string, args: Args, context: RequestContext | undefined): Partial<Writing> {
  const [first, second] = args;
  const opening = method === "openRun" ? (first as RunOpening) : undefined;
  const ofRun = opening?.run ?? (method.endsWith("Run") ? (first as Run) : undefined);
  const run = ofRun?.id ?? context?.run?.id;
  const threadId = method === "recoverRuns" ? undefined : (ofRun?.threadId ?? (typeof first === "string" ? first : (first as { id: string }).id));
  const itemId = !ABOUT_ONE_ITEM.has(method) ? undefined : typeof second === "string" ? second : (second as ThreadItem).id;
  return definedIn({ threadId, run, itemId, input: opening?.input?.hash });
}

function definedIn(fields: { [name in keyof Writing]?: Writing[name] | undefined }): Partial<Writing> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
