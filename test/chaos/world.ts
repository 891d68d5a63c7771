import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { Page } from "../../src/protocol/thread.ts";
import { startBinary, type Program } from "../support/binary.ts";
import { newDatabase } from "../support/postgres.ts";
import { ResponsesServer } from "../support/responses-server.ts";

export type Kind = "sqlite" | "postgres";
/** What a scenario measured; a script prints it, a test judges it. */
export type Figures = Record<string, number | string>;

/** The shortest lease there is: what waits for one to run out should not take long. */
export const LEASE_MS = 3000;

/** One database, a model server, and any number of programs between them. */
export class World {
  readonly model = new ResponsesServer();
  readonly programs: Program[] = [];

  private constructor(
    readonly url: string,
    readonly folder: string,
  ) {}

  /** @param url a database of one's own; default: a new one of that kind */
  static async open(kind: Kind, url?: string): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "chatkit-chaos-"));
    return new World(url ?? (kind === "sqlite" ? `sqlite:${join(folder, "chat.db")}` : await newDatabase()), folder);
  }

  get kind(): Kind {
    return this.url.startsWith("sqlite:") ? "sqlite" : "postgres";
  }

  get env(): Record<string, string> {
    const lease = `${LEASE_MS}ms`;
    return { DATABASE_URL: this.url, OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: this.model.url, CHATKIT_LEASE: lease, LOG_LEVEL: "warn" };
  }

  /** A file in its folder, which goes with it; answers where. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await Bun.write(path, text);
    return path;
  }

  async start(args: string[] = [], env: Record<string, string> = {}): Promise<Program> {
    const program = await startBinary(args, { cwd: this.folder, env: { ...this.env, ...env } });
    this.programs.push(program);
    return program;
  }

  /** Asked of the database itself, past any program. Tables are named as PostgreSQL has them. */
  async query<T>(text: string): Promise<T[]> {
    if (this.kind === "sqlite") {
      const db = new Database(this.url.slice("sqlite:".length));
      try {
        db.run("pragma busy_timeout = 5000");
        return db.query(text.replaceAll("chatkit_", "")).all() as T[];
      } finally {
        db.close();
      }
    }
    const sql = postgres(this.url, { max: 1, onnotice: () => {} });
    try {
      return [...(await sql.unsafe(text))] as unknown as T[];
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  /** Whether no program is in the middle of a write to SQLite's file. */
  async isWritable(): Promise<boolean> {
    if (this.kind === "postgres") return true;
    const db = new Database(this.url.slice("sqlite:".length));
    try {
      db.run("pragma busy_timeout = 300");
      db.run("begin immediate");
      db.run("rollback");
      return true;
    } catch {
      return false;
    } finally {
      db.close();
    }
  }

  async count(from: string): Promise<number> {
    const [row] = await this.query<{ n: number | bigint | string }>(`select count(*) as n from ${from}`);
    return Number(row?.n);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.programs.map((program) => program.end("SIGKILL")));
    await this.model.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function itemsOf(program: Program, thread_id: string, order: "asc" | "desc" = "asc"): Promise<ThreadItem[]> {
  const items: ThreadItem[] = [];
  for (let after: string | undefined; ; ) {
    const page = await program.ask<Page<ThreadItem>>("items.list", { thread_id, order, limit: 100, ...(after && { after }) });
    items.push(...page.data);
    if (!page.has_more) return items;
    after = page.after;
  }
}

/** The bytes of an item: what was told is stored letter for letter. */
export const bytesOf = (item: unknown): string => JSON.stringify(item);

export const rounded = (ms: number) => Math.round(ms);
