import type { ChatKitError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import type { Run } from "../store/store.ts";
import type { RequestContext } from "./context.ts";
import type { Stream } from "./stream.ts";

/** A run in progress, between the pipeline that writes it and the keeper that looks after it. */
export class KeptRun<C extends RequestContext> {
  /** Items begun and not yet stored. */
  readonly pending = new Map<string, ThreadItem>();
  /** Set by whoever changes `pending`; cleared when a checkpoint has it. */
  dirty = false;
  /** When an item was last stored, by the keeper's clock. */
  storedAt = -Infinity;
  /** What is answered: the user's message, where it is one. */
  messageId: string | undefined;
  /** Set when nothing more is to come but the end of the run. */
  isEnding = false;
  /** Since when the store could not be written to, by the keeper's clock. */
  awaySince: number | undefined;
  /** While it is set no more may be taken from the hook. */
  full: PromiseWithResolvers<void> | undefined;
  /** Its checkpoint that is on its way: a second one could overtake it, and be overwritten by what is older. */
  writing: Promise<void> | undefined;
  /** Resolves when the run is closed, or given up. */
  readonly ended = Promise.withResolvers<void>();

  constructor(
    readonly run: Run,
    readonly context: C,
    readonly stream: Stream<C>,
  ) {}

  /** Aborted when the answer is no longer wanted; the run then ends by itself. */
  get signal(): AbortSignal {
    return this.stream.signal;
  }

  abort(reason: ChatKitError): void {
    this.stream.abort(reason);
  }
}

type Write = <T>(work: () => Promise<T>) => Promise<T>;

/** How the runs that are kept write what must not be lost while the store is away. */
export const WRITES = new WeakMap<Run, Write>();

/** Does a write of the context's answer, and again while the store is away: for what is stored past the pipeline. */
export function persist<T>({ run }: RequestContext, work: () => Promise<T>): Promise<T> {
  const write = run && WRITES.get(run);
  return write ? write(work) : work();
}
