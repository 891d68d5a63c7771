import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * Between programs and a PostgreSQL server: counts answered statements, and swallows everything while `silent`, as a broken
 * network does: connections stay open, nothing comes back, and whoever hangs up is not heard on the other side.
 */
export class NetworkPath {
  silent = false;
  /** How often the server said that it is ready for the next statement, log-ins not counted. */
  answered = 0;
  readonly clients = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));

  private constructor(private readonly upstreamPort: number) {}

  static async to(upstreamPort: number): Promise<NetworkPath> {
    const path = new NetworkPath(upstreamPort);
    await new Promise<void>((resolve) => path.#server.listen(0, "127.0.0.1", resolve));
    return path;
  }

  /** That database's URL, by way of this path. */
  through(url: string): string {
    const other = new URL(url);
    other.port = String((this.#server.address() as AddressInfo).port);
    return other.href;
  }

  close(): void {
    this.#server.close();
    for (const client of this.clients) client.destroy();
  }

  #join(client: Socket): void {
    const upstream = connect(this.upstreamPort, "127.0.0.1");
    this.clients.add(client);
    const count = countReady(() => this.answered++);
    client.on("data", (data) => this.silent || upstream.write(data));
    upstream.on("data", (data: Buffer) => {
      count(data);
      if (!this.silent) client.write(data);
    });
    client.on("error", () => {});
    upstream.on("error", () => {});
    client.on("close", () => {
      this.clients.delete(client);
      // A network that is down does not tell of it.
      if (this.silent) void this.#back().then(() => upstream.destroy());
      else upstream.destroy();
    });
    upstream.on("close", () => this.silent || client.destroy());
  }

  async #back(): Promise<void> {
    while (this.silent) await Bun.sleep(50);
  }
}

const READY = "Z".charCodeAt(0);

/** Reads PostgreSQL's messages (a type, a length, a body) as they come, in whatever pieces. */
function countReady(found: () => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isLoggedIn = false;
  return (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 5) {
      const length = 1 + rest.readUInt32BE(1);
      if (rest.length < length) return;
      if (rest[0] === READY && isLoggedIn) found();
      if (rest[0] === READY) isLoggedIn = true;
      rest = rest.subarray(length);
    }
  };
}
