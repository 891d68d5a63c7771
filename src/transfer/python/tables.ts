/**
 * Stores that people have built on the Python SDK, read as they are: their tables are found by their names and columns. They are never
 * written to.
 */
export type Row = Record<string, unknown>;
export type Table = { name: string; columns: string[] };

/** A database to read from. */
export type TableSource = {
  tables(): Promise<Table[]>;
  /** All rows, in the order of these columns; rows that are equal in all of them in the physical order of the table. */
  rows(table: Table, order: readonly string[]): AsyncIterable<Row>;
  close(): Promise<void>;
};

/** The tables of a store, and what their columns are for. */
export type Shape = {
  threads: Table;
  /** Undefined when each thread has its items in a column of its own. */
  items?: { table: Table; threadId: string; order: string[] };
  attachments?: Table;
  /** The names of tables that by their names may hold conversations, too, and are not read. */
  unread: string[];
};

const OWNERS = ["user_id", "owner_id", "owner", "user", "userid", "username", "account_id", "created_by", "principal_id", "principal", "customer_id", "subject", "sub"];
const ORDER = ["ordinal", "position", "seq", "sequence", "sequence_number", "idx", "item_index", "index", "order_index", "sort_order", "order", "turn"];
const THREAD_ID = ["thread_id", "chatkit_thread_id", "threadid", "conversation_id", "thread"];

/** Undefined when there is no table that could hold threads. */
export function shapeOf(tables: readonly Table[]): Shape | undefined {
  const named = (pattern: RegExp) => tables.filter(({ name }) => pattern.test(name));
  const threads = named(/(?:thread|conversation)s?$/i).find((table) => pick(table, ["id", "thread_id"]) !== undefined);
  if (!threads) return undefined;
  const items = named(/(?:item|message)s?$/i).flatMap((table) => {
    const threadId = pick(table, THREAD_ID);
    return threadId === undefined ? [] : [{ table, threadId, order: orderOf(table) }];
  })[0];
  const attachments = named(/attachments?$/i)[0];
  const read = [threads, items?.table, attachments];
  const unread = named(/(?:thread|conversation|item|message|attachment)s?$/i).filter((table) => !read.includes(table)).map(({ name }) => name);
  return { threads, ...(items && { items }), ...(attachments && { attachments }), unread };
}

/** `threadId` and `ThreadID` as `thread_id`. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** The column that says whose a row is. */
export function ownerColumn(table: Table): string | undefined {
  return pick(table, OWNERS);
}

/** By its own number if a table has one, else by time. */
function orderOf(table: Table): string[] {
  const number = pick(table, ORDER);
  const time = pick(table, ["created_at", "createdat", "created", "timestamp", "inserted_at"]);
  return [number, number === undefined ? time : undefined].filter((column) => column !== undefined);
}

function pick({ columns }: Table, names: readonly string[]): string | undefined {
  return names.map((name) => columns.find((column) => snakeCase(column) === name)).find((column) => column !== undefined);
}
