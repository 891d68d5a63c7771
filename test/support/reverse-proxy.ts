import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

export type ProxyKind = "nginx" | "caddy";
export const HOST = "chat.example.com";
/** A header by which a test says who has logged in at the proxy. */
export const LOGIN = "x-login";

/** A proxy in front, as the README sets it up or with no more than an address to pass requests on to. */
export class ReverseProxy {
  private constructor(
    readonly url: string,
    private readonly child: Bun.Subprocess,
    private readonly folder: string,
  ) {}

  static isInstalled(kind: ProxyKind): boolean {
    return program(kind) !== null;
  }

  static async start(kind: ProxyKind, upstream: string, block: string): Promise<ReverseProxy> {
    const folder = await mkdtemp(join(tmpdir(), "chatkit-proxy-"));
    const port = freePort();
    const file = join(folder, "config");
    await Bun.write(file, (kind === "nginx" ? nginxFile : caddyFile)(adapted(block, upstream, port), folder));
    const args = kind === "nginx" ? ["-c", file, "-p", folder] : ["run", "--config", file, "--adapter", "caddyfile"];
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const child = Bun.spawn([program(kind)!, ...args], { env, stdout: "ignore", stderr: Bun.file(join(folder, "log")) });
    const proxy = new ReverseProxy(`http://127.0.0.1:${port}`, child, folder);
    try {
      await until(async () => (child.exitCode !== null || (await isListening(port)) ? true : undefined));
      if (child.exitCode !== null) throw new Error(`${kind} ended: ${await Bun.file(join(folder, "log")).text()}`);
    } catch (error) {
      await proxy[Symbol.asyncDispose]();
      throw error;
    }
    return proxy;
  }

  /** As a client that has found the proxy by its name. */
  fetch(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { ...init, headers: { host: HOST, ...init.headers } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    await this.child.exited;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** No more than a proxy needs to be told. */
export const DEFAULTS: Record<ProxyKind, string> = {
  nginx: `server {\n  listen 443 ssl;\n  server_name ${HOST};\n  location / {\n    proxy_pass http://127.0.0.1:8000;\n  }\n}`,
  caddy: `${HOST} {\n  reverse_proxy 127.0.0.1:8000\n}`,
};

/** The README's block for one of them, with a login of the test's in the place of the operator's. */
export async function readmeBlock(kind: ProxyKind): Promise<string> {
  const readme = await Bun.file(new URL("../../README.md", import.meta.url)).text();
  const block = new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\``, "ms").exec(readme)?.[1];
  if (!block) throw new Error(`the README has no block for ${kind}`);
  const login = kind === "nginx" ? [/X-User-ID "";/, `X-User-ID $http_x_login;`] : [/-X-User-ID$/m, `X-User-ID {http.request.header.${LOGIN}}`];
  return block.replace(login[0]!, login[1] as string).replace("proxy_read_timeout 60s", "proxy_read_timeout 3s");
}

/** Certificates and a port that only root may have are no part of what is tried. */
function adapted(block: string, upstream: string, port: number): string {
  return block
    .replace("127.0.0.1:8000", new URL(upstream).host)
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace(/^.*ssl_certificate.*\n/gm, "")
    .replace(new RegExp(`^${HOST} \\{`, "m"), `http://${HOST}:${port} {\n  bind 127.0.0.1`);
}

function nginxFile(block: string, folder: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user} daemon off; pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off; ${places}\n${block}\n}\n`;
}

function caddyFile(block: string): string {
  return `{\n  admin off\n  auto_https off\n}\n${block}\n`;
}

/** Debian puts servers where only root looks. */
function program(kind: ProxyKind): string | null {
  return Bun.which(kind, { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` });
}

function freePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const port = server.port!;
  void server.stop(true);
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}
