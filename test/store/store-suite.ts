import { afterAll, beforeAll, describe } from "bun:test";
import type { Store, UserScope } from "../../src/store/store.ts";
import type { Accounting, Retention } from "../../src/store/upkeep.ts";
import { attachmentTests } from "./suite/attachments.ts";
import { changeTests } from "./suite/changes.ts";
import { deletionTests } from "./suite/deletions.ts";
import { hostileTextTests } from "./suite/hostile-text.ts";
import { isolationTests } from "./suite/isolation.ts";
import { itemTests } from "./suite/items.ts";
import { pageTests } from "./suite/pages.ts";
import { resentTests } from "./suite/resent.ts";
import { runStateTests } from "./suite/run-states.ts";
import { runTests } from "./suite/runs.ts";
import { sessionTests } from "./suite/sessions.ts";
import { threadTests } from "./suite/threads.ts";
import { usageTests } from "./suite/usage.ts";
import { clientToolTests, feedbackTests, retryTests } from "./suite/turns.ts";

export type SuiteStore = Store<UserScope> & Retention & Accounting;

/** The behaviour every store of ours has, run over one of them. */
export function storeSuite(name: string, open: () => Promise<SuiteStore>): void {
  describe(name, () => {
    let opened: SuiteStore | undefined;
    const store = (): SuiteStore => {
      if (!opened) throw new Error("The store is not open.");
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    }, 60_000);
    afterAll(() => opened?.close());

    threadTests(store);
    itemTests(store);
    pageTests(store);
    clientToolTests(store);
    retryTests(store);
    feedbackTests(store);
    runTests(store);
    changeTests(store);
    resentTests(store);
    runStateTests(store);
    attachmentTests(store);
    deletionTests(store);
    isolationTests(store);
    hostileTextTests(store);
    usageTests(store);
    sessionTests(store);
  });
}
