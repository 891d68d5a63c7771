import type { ChatKitError } from "../../errors.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { checkpointed } from "../../store/cut-off.ts";
import type { Run } from "../../store/store.ts";
import type { RequestContext } from "../context.ts";
import type { Stream } from "../streams/stream.ts";

/** The state of a run in progress, shared by the pipeline that writes it and the keeper that looks after it. */
export class KeptRun<C extends RequestContext> {
  /** Items begun and not yet stored. */
  readonly pending = new Map<string, ThreadItem>();
  /** Set when `pending` changes in a way that a checkpoint has to store, cleared when one does. */
  dirty = false;
  /** What the last checkpoint has stored; undefined when it is not known whether it has. */
  saved: ThreadItem[] | undefined = [];
  /** When an item of this run was last stored, by the keeper's clock. */
  storedAt = -Infinity;
  /** The user's message that is answered, if a message is. */
  messageId: string | undefined;
  /** Set when all is said and only the closing of the run is left. */
  isEnding = false;
  /** Set when something of the answer could not be stored: its run is left to whoever recovers the runs of dead processes. */
  isAbandoned = false;
  /** Since when something waits to be written that the store has not taken, by the keeper's clock. */
  waitingSince: number | undefined;
  /** When each of the writes began that the store has not answered yet. */
  readonly underWay = new Map<unknown, number>();
  /** Whether a write has failed because the store is away, and none has been made since. */
  isCutOff = false;
  /** Writes that failed for that reason, and are repeated. On a full disk a checkpoint may find a place meanwhile. */
  readonly waiting = new Set<unknown>();
  /** Set while too much waits to be stored: the pipeline then waits for it before it takes more from the hook. */
  full: { promise: Promise<void>; resolve: () => void } | undefined;
  /** The checkpoint that is being written. One at a time: a second one could arrive first and be overwritten by the older. */
  writing: Promise<void> | undefined;
  /** Resolves when the run is closed, or the attempt to close it has failed. */
  readonly ended = Promise.withResolvers<void>();

  constructor(
    readonly run: Run,
    readonly context: C,
    readonly stream: Stream<C>,
  ) {}

  /** Aborted when the answer is no longer wanted; the pipeline then ends the run. */
  get signal(): AbortSignal {
    return this.stream.signal;
  }

  /** What a checkpoint stores. */
  left(): ThreadItem[] {
    return [...this.pending.values()].map(checkpointed);
  }

  /** Whether the last checkpoint has stored the same. A message that has grown since is another object. */
  hasSaved(left: ThreadItem[]): boolean {
    const { saved } = this;
    if (saved?.length !== left.length) return false;
    return left.every((item, i) => item === saved[i] || (item.type !== "assistant_message" && item.id === saved[i]?.id));
  }

  abort(reason: ChatKitError): void {
    this.stream.abort(reason);
  }
}

type Write = <T>(work: () => Promise<T>) => Promise<T>;

/** For each run that is kept: how to do a write that is repeated while the store is away. */
export const WRITES = new WeakMap<Run, Write>();

/** Does a write for the run of the context, repeated while the store is away. For what is stored without the pipeline. */
export function persist<T>({ run }: RequestContext, work: () => Promise<T>): Promise<T> {
  const write = run && WRITES.get(run);
  return write ? write(work) : work();
}
