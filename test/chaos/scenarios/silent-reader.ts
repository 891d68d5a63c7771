import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { rounded, World, type Figures } from "../world.ts";

const MIB = 1024 ** 2;

/** Somebody asks for an answer of many megabytes, one row, and takes nothing of it: the connection is cut after `write_timeout`. */
export async function silentReader({ mebibytes = 32, timeoutS = 8 } = {}): Promise<Figures> {
  await using world = await World.open("sqlite");
  const program = await world.start([], { CHATKIT_WRITE_TIMEOUT: `${timeoutS}s`, CHATKIT_HEARTBEAT: "5s" });
  const db = new Database(world.url.slice("sqlite:".length));
  const thread = { id: "thr_1", title: "x".repeat(mebibytes * MIB), created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" }, metadata: {} };
  db.run("insert into threads (user_id, id, position, next_position, data, updated_at, updated_on) values ('local', 'thr_1', 1, 1, ?, 0, 0)", [JSON.stringify(thread)]);
  db.close();
  const socket = connect(Number(new URL(program.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  const body = '{"type":"threads.list","params":{}}';
  socket.write(`POST /chatkit HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const began = performance.now();
  // What it has not taken is in the kernel: it cannot see the end, but the server's side can be looked at.
  const isOpen = () => established(Number(new URL(program.url).port)) > 0;
  await Bun.sleep(1000);
  while (isOpen() && performance.now() - began < 3 * timeoutS * 1000) await Bun.sleep(200);
  const cutAfterMs = rounded(performance.now() - began);
  let taken = 0;
  socket.on("data", (chunk) => (taken += chunk.length));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  await closed;
  return { answer_mib: mebibytes, taken_mib: Math.round(taken / MIB), cut_after_ms: cutAfterMs };
}

/** Connections to that port that are open, as Linux lists them. */
function established(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").map((line) => line.trim().split(/\s+/));
  return lines.filter(([, address, , state]) => address?.endsWith(local) && state === "01").length;
}
