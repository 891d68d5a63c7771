import { ChatKitError } from "../../src/errors.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Store } from "../../src/store/store.ts";

type Faults = {
  /** While it is set every call fails, as if the database could not be reached. */
  isAway: boolean;
  /** While it is set calls of these names fail, as on a full disk. */
  failing: string[];
  /** While it is set calls of these names are done, but their answers are lost. */
  losing: string[];
  /** The calls that were let through, by name. */
  calls: string[];
};

export type FaultyStore = MemoryStore<RequestContext> & Faults;

/** A store in memory that can be cut off; `now` is what its leases go by. */
export function faultyStore(now?: () => number): FaultyStore {
  return faulty(new MemoryStore<RequestContext>(now));
}

/** The same store, which can be cut off. */
export function faulty<S extends Store<RequestContext>>(store: S): S & Faults {
  const faults = { isAway: false, failing: [] as string[], losing: [] as string[], calls: [] as string[] };
  return new Proxy(store, {
    set: (_, name, value) => Reflect.set(faults, name, value),
    get(_, name) {
      if (name in faults) return Reflect.get(faults, name);
      const method = Reflect.get(store, name) as (...args: unknown[]) => unknown;
      if (typeof method !== "function" || String(name).startsWith("generate")) return typeof method === "function" ? method.bind(store) : method;
      return async (...args: unknown[]) => {
        if (faults.isAway || faults.failing.includes(String(name))) throw new ChatKitError("store_unavailable");
        faults.calls.push(String(name));
        const answer = await method.apply(store, args);
        if (faults.losing.includes(String(name))) throw new ChatKitError("store_unavailable");
        return answer;
      };
    },
  }) as S & Faults;
}
