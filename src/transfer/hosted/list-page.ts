import { toLine } from "../saved/json-line.ts";
import { idOf } from "../item-facts.ts";
import { listElements } from "./list-elements.ts";
import { RequestFailure } from "./request-failure.ts";

/** One element of a page: what it says, and the line it is kept as. */
export type Listed = { value: unknown; line: Uint8Array };
export type ListPage = { entries: Listed[]; hasMore: boolean | undefined; lastId: string | undefined };

/** @throws RequestFailure, worth another try: what is no JSON was most likely cut off */
export function parseListPage(body: Uint8Array): ListPage {
  const page = parse(body) as { data?: unknown; has_more?: unknown; last_id?: unknown } | null;
  if (typeof page !== "object" || !Array.isArray(page?.data)) throw new RequestFailure("the answer is no list", { isPassing: true });
  const lines = listElements(body);
  return {
    entries: page.data.map((value: unknown, i) => ({ value, line: toLine(lines[i]!) })),
    hasMore: typeof page.has_more === "boolean" ? page.has_more : undefined,
    lastId: typeof page.last_id === "string" && page.last_id !== "" ? page.last_id : undefined,
  };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new RequestFailure("the answer is no JSON, or ends early", { isPassing: true });
  }
}

/** How often a list may go back to an earlier page because the element to continue after was deleted. */
const MOST_STEPS_BACK = 20;

/**
 * All pages of a list, beginning after `after`. When the server refuses a cursor that it has just given, the page before is read again (and
 * its elements are yielded again). If the cursor is no longer on that page, the list continues after the new last element; otherwise the
 * refusal has another reason.
 * @throws ListBroken when the server says that there is more and not how to ask for it
 * @throws CursorLost when it refuses `after` itself, or a cursor that it still lists
 */
export async function* pagesOf(ask: (after: string | undefined) => Promise<ListPage>, after?: string): AsyncGenerator<Listed[]> {
  const asked = new Set([after]);
  const answered: (string | undefined)[] = [];
  let lost: CursorLost | undefined;
  for (let stepsBack = 0; ;) {
    const page = await ask(after).catch((thrown: unknown) => {
      if (!(thrown instanceof CursorLost) || answered.length === 0 || ++stepsBack > MOST_STEPS_BACK) throw thrown;
      return (lost = thrown);
    });
    if (page instanceof CursorLost) {
      after = answered.pop();
      continue;
    }
    yield page.entries;
    // When the server does not say whether there is more, an empty page is the end.
    if (page.hasMore === false || (page.hasMore === undefined && page.entries.length === 0)) return;
    answered.push(after);
    after = [page.lastId, idOf(page.entries.at(-1)?.value)].find((id) => id !== undefined && !asked.has(id));
    if (after === undefined) throw lost ?? new ListBroken();
    asked.add(after);
    lost = undefined;
  }
}

/** Thrown when the server refuses the item or thread that is the cursor: most likely it was deleted. */
export class CursorLost extends RequestFailure {}

export class ListBroken extends Error {
  constructor() {
    super("the server says that the list goes on, and not from where");
  }
}
