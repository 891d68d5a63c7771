import type { SentEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { ThreadMetadata } from "../../../src/protocol/thread.ts";

/** What a write has changed in the store, told by comparing the threads before and after it. */
export type Change = {
  threadId: string;
  added: ThreadItem[];
  changed: ThreadItem[];
  removed: string[];
  /** The thread's record, if it was made or changed. */
  thread?: ThreadMetadata;
  isDeleted?: true;
};

/** One thing a person wants. To get it, their page sends the request again and again until it gets an answer. */
export type Wish = { wish: number; page: string; operation: string; params: Record<string, unknown> };

/**
 * What happens. A request is one attempt to get what a page wishes; `process` names one life of a server process.
 * - `sends`, `takes`: a page sends it, a process reads it.
 * - `begins`, `emits`, `finishes`: the process hands the head, an event and the end of the answer to the connection.
 * - `tells`, `answers`, `fails`, `ends`: what comes of that at the page.
 * - `takes back`: a hook removes what it has said; the store may learn of that much later, or never.
 * - `returns`: a hook has answered to its end; `throws`: it fails, because of the model or on purpose.
 * - `writes`: a call changed the store, or might have; `run` is the run that it names, `holder` another one that holds the thread, `input` a hash of what is answered.
 */
export type Happening =
  | ({ kind: "wishes" } & Wish)
  | { kind: "sends"; request: number; wish: number; process: string }
  | { kind: "takes"; request: number; process: string }
  | { kind: "begins"; request: number }
  | { kind: "emits"; request: number; event: SentEvent }
  | { kind: "finishes"; request: number; how: "end" | "cut" }
  | { kind: "tells"; request: number; event: SentEvent }
  | { kind: "answers"; request: number; json: unknown }
  | { kind: "fails"; request: number; why: string }
  | { kind: "leaves"; request: number }
  | { kind: "ends"; request: number; how: "end" | "cut" | "left" }
  | { kind: "writes"; process: string; method: string; threadId?: string; run?: string; holder?: string; isRefused?: string; itemId?: string; input?: string; changes: Change[] }
  | { kind: "frees"; threadId: string; run: string; by: string }
  | { kind: "process"; process: string; what: "starts" | "pauses" | "resumes" | "dies" | "is told to end" | "exits" }
  | { kind: "takes back"; itemId: string }
  | { kind: "returns"; threadId: string }
  | { kind: "throws"; threadId: string; why: string }
  | { kind: "fault"; what: string }
  | { kind: "calm" }
  | { kind: "final"; stuckRuns: number; bytesLeft: number }
  | { kind: "probes"; threadId: string; request: number };

export type Entry = Happening & { at: number };

/** All that happened in one simulation, in order. */
export class History {
  readonly entries: Entry[] = [];

  constructor(private readonly now: () => number) {}

  add(happening: Happening): void {
    this.entries.push({ at: this.now(), ...happening });
  }

  of<K extends Happening["kind"]>(kind: K): Extract<Entry, { kind: K }>[] {
    return this.entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
  }

  /** One line for each entry. Of two simulations with the same seed they are the same. */
  toString(): string {
    return this.entries.map(({ at, kind, ...more }) => `${at.toFixed(1).padStart(9)} ${kind} ${JSON.stringify(more)}\n`).join("");
  }
}
