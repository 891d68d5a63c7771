import { connect, type Socket } from "bun";

export type Hammered = { perSecond: number; bytes: number };

/**
 * Requests per second of one request sent again and again over so many connections: plain sockets, since a client that parses
 * would be what is measured.
 */
export async function hammer(url: string, body: object, { connections = 32, ms = 3000, headers = "" } = {}): Promise<Hammered> {
  const { hostname, port, pathname } = new URL(url);
  const text = JSON.stringify(body);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n${headers}`;
  const request = `${head}content-length: ${text.length}\r\n\r\n${text}`;
  let answers = 0;
  let bytes = 0;
  let isOver = false;
  const sockets = await Promise.all(Array.from({ length: connections }, () => join()));
  const started = performance.now();
  for (const socket of sockets) socket.write(request);
  await Bun.sleep(ms);
  const perSecond = answers / ((performance.now() - started) / 1000);
  isOver = true;
  for (const socket of sockets) socket.end();
  return { perSecond, bytes };

  async function join(): Promise<Socket> {
    let missing = -1;
    return connect({
      hostname,
      port: Number(port),
      socket: {
        data(socket, chunk) {
          if (missing < 0) missing = sizeOf(chunk);
          missing -= chunk.length;
          if (missing > 0) return;
          missing = -1;
          answers++;
          if (!isOver) socket.write(request);
        },
      },
    });
  }

  /** Of head and body together; the head comes in one piece with what was asked for here. */
  function sizeOf(chunk: Buffer): number {
    const head = chunk.indexOf("\r\n\r\n");
    const start = chunk.subarray(0, head).toString("latin1");
    if (!start.startsWith("HTTP/1.1 200")) throw new Error(start);
    bytes = Number(/content-length: (\d+)/i.exec(start)![1]);
    return head + 4 + bytes;
  }
}
