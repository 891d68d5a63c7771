import type { SentEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { Entry, History, Wish } from "./history.ts";

type At<T> = T & { at: number };
export type Write = Extract<Entry, { kind: "writes" }>;

/** What became of one request. */
export type RequestFacts = {
  request: number;
  wish: Wish;
  process: string;
  sentAt: number;
  takenAt?: number;
  begunAt?: number;
  emitted: At<{ event: SentEvent }>[];
  told: At<{ event: SentEvent }>[];
  leftAt?: number;
  finished?: At<{ how: "end" | "cut" }>;
  ended?: At<{ how: "end" | "cut" | "left" }>;
  failed?: string;
  answer?: At<{ json: unknown }>;
};

/** One state of an item in the store; without `item` it is not there any more. */
export type State = { at: number; write: Write; item?: ThreadItem };
type Life = { startedAt: number; goneAt: number; how?: "dies" | "exits"; toldToEndAt: number };
/** One run from when it holds its thread until something frees it. */
export type RunFacts = { run: string; threadId: string; process: string; input: string | undefined; from: number; until: number; freedBy?: string };

/** The history, sorted by what the promises are about. */
export class Facts {
  readonly requests = new Map<number, RequestFacts>();
  readonly lives = new Map<string, Life>();
  readonly states = new Map<string, State[]>();
  readonly runs: RunFacts[] = [];
  readonly writes: Write[];
  readonly deletedAt = new Map<string, number>();
  readonly calmAt: number;
  readonly endsAt: number;

  constructor(
    readonly history: History,
    /** The faults that there were. */
    readonly faults: ReadonlySet<string>,
    /** How long a process that is told to end lets answers go on. */
    readonly graceMs: number,
  ) {
    this.writes = history.of("writes");
    this.calmAt = history.of("calm")[0]?.at ?? Infinity;
    this.endsAt = history.entries.at(-1)?.at ?? 0;
    const wishes = new Map(history.of("wishes").map((wish) => [wish.wish, wish]));
    for (const entry of history.entries) this.#take(entry, wishes);
  }

  /** The requests of one operation, or of all whose name begins so. */
  to(operation: string): RequestFacts[] {
    return [...this.requests.values()].filter(({ wish }) => wish.operation.startsWith(operation));
  }

  /** The newest run on that thread at that time, of that process if one is named. */
  runAt(threadId: string, at: number, process?: string): RunFacts | undefined {
    return this.runs.findLast((run) => run.threadId === threadId && run.from <= at && (process === undefined || run.process === process));
  }

  /** Whether a hook that answers on that thread has failed in that time. */
  hasFailed(threadId: string, from: number, until: number): boolean {
    return this.history.of("throws").some((entry) => entry.threadId === threadId && entry.at >= from && entry.at <= until);
  }

  #take(entry: Entry, wishes: Map<number, Wish>): void {
    const { at } = entry;
    if (entry.kind === "writes") return this.#write(entry);
    if (entry.kind === "process") return this.#live(entry);
    if (entry.kind === "frees") {
      const run = this.runs.findLast(({ run }) => run === entry.run);
      if (run && run.until === Infinity) Object.assign(run, { until: at, freedBy: entry.by });
      return;
    }
    if (entry.kind === "sends") {
      const { request, process } = entry;
      this.requests.set(request, { request, wish: wishes.get(entry.wish)!, process, sentAt: at, emitted: [], told: [] });
      return;
    }
    const facts = "request" in entry ? this.requests.get(entry.request) : undefined;
    if (!facts) return;
    if (entry.kind === "takes") facts.takenAt = at;
    else if (entry.kind === "begins") facts.begunAt = at;
    else if (entry.kind === "emits") facts.emitted.push(entry);
    else if (entry.kind === "tells") facts.told.push(entry);
    else if (entry.kind === "leaves") facts.leftAt = at;
    else if (entry.kind === "finishes") facts.finished = entry;
    else if (entry.kind === "ends") facts.ended = entry;
    else if (entry.kind === "fails") facts.failed = entry.why;
    else if (entry.kind === "answers") facts.answer = entry;
  }

  #live({ process, what, at }: Extract<Entry, { kind: "process" }>): void {
    if (what === "starts") this.lives.set(process, { startedAt: at, goneAt: Infinity, toldToEndAt: Infinity });
    const life = this.lives.get(process)!;
    if (what === "is told to end") life.toldToEndAt = at;
    if (what === "dies" || what === "exits") Object.assign(life, { goneAt: at, how: what });
  }

  #write(write: Write): void {
    const { at, method, run, threadId, process, input } = write;
    for (const { threadId, added, changed, removed, isDeleted } of write.changes) {
      for (const item of [...added, ...changed]) this.#state(item.id, { at, write, item });
      for (const id of removed) this.#state(id, { at, write });
      if (isDeleted) this.deletedAt.set(threadId, at);
    }
    if (method !== "openRun" || write.isRefused || run === undefined || threadId === undefined) return;
    const before = this.runAt(threadId, at);
    if (before?.run === run) return;
    if (before && before.until === Infinity) Object.assign(before, { until: at, freedBy: "openRun" });
    this.runs.push({ run, threadId, process, input, from: at, until: Infinity });
  }

  #state(id: string, state: State): void {
    const states = this.states.get(id);
    if (states) states.push(state);
    else this.states.set(id, [state]);
  }
}
