import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

const program = Bun.which("pgbouncer", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });
/** It does not run as root. */
const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** PgBouncer in transaction mode before a database: each statement may get another one of its few connections. */
export class PgBouncer {
  #child: ChildProcess | undefined;

  private constructor(
    readonly url: string,
    private readonly folder: string,
  ) {}

  static get isInstalled(): boolean {
    return program !== null;
  }

  static async before(databaseUrl: string, poolSize: number): Promise<PgBouncer> {
    const { hostname, port, pathname } = new URL(databaseUrl);
    const folder = mkdtempSync(join(tmpdir(), "chatkit-pgbouncer-"));
    const ownPort = await freePort();
    writeFileSync(join(folder, "users"), '"postgres" ""\n');
    const settings = [
      `[databases]\n${pathname.slice(1)} = host=${hostname} port=${port} user=postgres`,
      `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${ownPort}\nunix_socket_dir =`,
      `auth_type = trust\nauth_file = ${folder}/users`,
      `pool_mode = transaction\ndefault_pool_size = ${poolSize}\nmax_client_conn = 200`,
    ];
    writeFileSync(join(folder, "ini"), `${settings.join("\n")}\n`);
    chmodSync(folder, 0o755);
    const bouncer = new PgBouncer(`postgres://postgres@127.0.0.1:${ownPort}${pathname}`, folder);
    await bouncer.start();
    return bouncer;
  }

  async start(): Promise<void> {
    this.#child = spawn(program!, ["-q", join(this.folder, "ini")], { ...owner, stdio: "ignore" });
    const sql = postgres(this.url, { max: 1, prepare: false, connect_timeout: 1, onnotice: () => {} });
    await until(() => sql`select 1`.then(() => true, () => undefined));
    await sql.end();
  }

  /** All connections break. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#child?.once("exit", resolve));
    this.#child?.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
