import { connect, type Socket } from "node:net";
import postgres from "postgres";
import { ChatKitError } from "../../errors.ts";
import { SMALL_JSON } from "../../protocol/json/steps.ts";
import { escapeJson, escapeText, unescapeJson, unescapeText } from "../text-escape.ts";
import { READ_ONLY } from "./errors.ts";
import { sessionAttrs, writableHost, type Host } from "./hosts.ts";
import { LargeJson } from "./large-json.ts";

export type Sql = postgres.Sql;

export type PostgresOptions = {
  /**
   * `postgres://user:password@host:port/database?sslmode=verify-full`, or a folder with a socket in the place of the host. Of several
   * hosts, `host:port,host:port`, the one that takes writes is used.
   */
  url: string;
  /** False behind a pooler in transaction mode: the connection it gives next may not know a prepared statement. Default true. */
  prepare?: boolean;
  /** The schema of the tables, made when it is missing. Default: the first of the role's search path. */
  schema?: string;
  /** Connections of this process. Default 10. */
  poolSize?: number;
  /** How long a method may take, including repeats and the wait for a connection. Default 8000. */
  deadlineMs?: number;
  /** Node's TLS options, or false for no TLS; used instead of the URL's `sslmode`. */
  tls?: { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean } | false;
};

const CONNECT_TIMEOUT_MS = 3000;

/**
 * One instance of the driver with its open sockets. After a lost connection it is replaced as a whole, since postgres.js may never send
 * the waiting writes of that connection.
 */
export class PostgresLane {
  readonly sql: Sql;
  readonly hosts: Host[];
  readonly #options: PostgresOptions;
  readonly #sockets = new Set<Socket>();
  #writable: Promise<Host> | undefined;
  #running = 0;
  #idle: (() => void) | undefined;

  /** @param session.host the host to use, whether or not it takes writes */
  constructor(options: PostgresOptions, session: { statementTimeoutMs: number; max?: number; host?: Host }) {
    this.#options = options;
    const { prepare = true, poolSize = 10, tls, schema } = options;
    const { url, mustWrite } = sessionAttrs(options.url);
    if (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new ChatKitError("config_invalid", { message: "A schema is named by letters, digits and underscores." });
    this.sql = postgres(url, {
      max: session.max ?? poolSize,
      prepare,
      ...(tls === undefined ? {} : { ssl: tls }),
      connect_timeout: CONNECT_TIMEOUT_MS / 1000,
      // Would fetch the types of arrays, which are never sent or read here.
      fetch_types: false,
      onnotice: () => {},
      // No session setting behind a pooler: it may refuse one, or let it apply to the next client of the connection.
      connection: { application_name: "chatkit-server", ...(prepare ? { statement_timeout: session.statementTimeoutMs } : {}), ...(schema === undefined ? {} : { search_path: schema }) },
      types: TYPES,
      socket: async () => this.#connect(session.host ?? (mustWrite || this.hosts.length > 1 ? await this.#findWritable() : this.hosts[0]!), CONNECT_TIMEOUT_MS),
    } as postgres.Options<Record<string, postgres.PostgresType>>) as unknown as Sql;
    const { host, port, path } = this.sql.options as unknown as { host: string[]; port: number[]; path: string | false };
    this.hosts = path ? [{ path }] : host.map((name, i) => ({ host: name, port: port[i] ?? 5432 }));
    // The driver must not think that there is another host to try: it would keep errors to itself.
    host.length = 1;
  }

  async run<T>(statement: (sql: Sql) => PromiseLike<T>): Promise<T> {
    this.#running++;
    try {
      return await statement(this.sql);
    } finally {
      if (--this.#running === 0) this.#idle?.();
    }
  }

  /**
   * Waits at most `graceMs` for running statements, then closes all sockets. (postgres.js would wait until the other side closes them,
   * which after a lost connection never happens.)
   */
  async end(graceMs: number): Promise<void> {
    if (this.#running > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      const timer = setTimeout(resolve, graceMs);
      await promise;
      clearTimeout(timer);
    }
    await this.sql.end({ timeout: 0 });
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Found once for all connections: they must not go to different servers. */
  #findWritable(): Promise<Host> {
    return (this.#writable ??= writableHost(this.hosts, (host) => this.#requireWritable(host), CONNECT_TIMEOUT_MS).catch((error: unknown) => {
      this.#writable = undefined;
      throw error;
    }));
  }

  async #requireWritable(host: Host): Promise<void> {
    const lane = new PostgresLane(this.#options, { statementTimeoutMs: CONNECT_TIMEOUT_MS, max: 1, host });
    const timer = setTimeout(() => void lane.end(0), CONNECT_TIMEOUT_MS);
    try {
      const [row] = await lane.sql<{ writable: boolean }[]>`select current_setting('transaction_read_only') = 'off' as writable`;
      if (!row?.writable) throw Object.assign(new Error("the host takes no writes"), { code: READ_ONLY });
    } finally {
      clearTimeout(timer);
      await lane.end(0);
    }
  }

  #connect(address: Host, timeoutMs: number): Promise<Socket> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connect(address);
    // postgres.js takes the name for the check of a certificate from here.
    if ("host" in address) Object.assign(socket, { host: address.host });
    // Closed sockets are forgotten here, not in a listener: with TLS postgres.js removes all listeners.
    for (const old of this.#sockets) if (old.destroyed) this.#sockets.delete(old);
    this.#sockets.add(socket);
    const late = Object.assign(new Error("connect timed out"), { code: "CONNECT_TIMEOUT" });
    const timer = setTimeout(() => socket.destroy(late), timeoutMs);
    socket.once("error", reject);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
    promise.catch(() => clearTimeout(timer));
    return promise;
  }
}

/** PostgreSQL's number for the type `json`, which keeps what it is given. */
export const JSON_TYPE = 114;

const TYPES = {
  text: { to: 25, from: [25], serialize: escapeText, parse: unescapeText },
  jsonb: {
    to: 3802,
    from: [3802, JSON_TYPE],
    // postgres.js replaces a parameter by its text, and may send the statement a second time. Only objects and arrays are sent, so a
    // string has already been serialized.
    serialize: (value: unknown) => (typeof value === "string" ? value : escapeJson(JSON.stringify(value))),
    parse: (text: string): unknown => (text.length > SMALL_JSON ? new LargeJson(text) : JSON.parse(unescapeJson(text))),
  },
};
