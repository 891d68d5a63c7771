import { basename } from "node:path";
import type { LinkTransport } from "./client-session.ts";
import { LastingServer, type StdioOptions } from "./lasting-server.ts";
import { stdioTransport } from "./stdio-transport.ts";

const SHORTEST_SECRET = 8;

/** An MCP server in a child process, which is started again when it ends. */
export class StdioServer extends LastingServer {
  readonly #params: { command: string; args: string[]; env?: Record<string, string>; cwd?: string };
  readonly #secrets: string[];

  /** @param secrets what else than the values of `env` is not logged when the child writes it */
  constructor(options: StdioOptions, secrets: readonly string[] = []) {
    const [command = "", ...args]: string[] = "fullCommand" in options ? options.fullCommand.split(" ") : [options.command, ...(options.args ?? [])];
    super(options, basename(command));
    const { env, cwd } = options;
    this.#params = { command, args, ...(env && { env }), ...(cwd !== undefined && { cwd }) };
    const kept = new Set([...Object.values(env ?? {}), ...secrets].filter((value) => value.length >= SHORTEST_SECRET));
    this.#secrets = [...kept].sort((a, b) => b.length - a.length);
  }

  protected override transport(): Promise<LinkTransport> {
    return stdioTransport(this.#params, (line) => this.log(this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "********"), line)));
  }
}
