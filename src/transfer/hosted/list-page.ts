import { toLine } from "../saved/json-line.ts";
import { idOf } from "./item-facts.ts";
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

/**
 * All pages of a list, from the one after `after` on.
 * @throws ListBroken when the server says that there is more and not how to ask for it
 */
export async function* pagesOf(ask: (after: string | undefined) => Promise<ListPage>, after?: string): AsyncGenerator<Listed[]> {
  const asked = new Set([after]);
  for (;;) {
    const { entries, hasMore, lastId } = await ask(after);
    yield entries;
    // When the server does not say whether there is more, an empty page is the end.
    if (hasMore === false || (hasMore === undefined && entries.length === 0)) return;
    after = [lastId, idOf(entries.at(-1)?.value)].find((id) => id !== undefined && !asked.has(id));
    if (after === undefined) throw new ListBroken();
    asked.add(after);
  }
}

export class ListBroken extends Error {
  constructor() {
    super("the server says that the list goes on, and not from where");
  }
}
