import { connect } from "node:net";
import { join } from "node:path";
import { OPERATIONS } from "../../../src/protocol/requests.ts";
import type { Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { Random } from "../../support/random.ts";
import { World, type Figures, type Kind } from "../world.ts";

const AGENT = join(import.meta.dir, "../../samples/every-operation/agent.ts");
const JUNK = [null, true, -1, 1e308, 0.5, "", "\u0000", "\ud800", "x".repeat(5000), [], {}, [[[]]], { a: { b: null } }, "../..", "𝒳\u2028", "__proto__", "constructor"];
const KEYS = ["id", "type", "text", "content", "thread_id", "__proto__", "constructor", "answers", "payload", "a b", ""];
const PATHS = ["/chatkit", "/chatkit/", "/chatkit?x=%ff", "/%2e%2e/chatkit", "//chatkit", "/livez", "/readyz", "/", "/%", "/\u00e9", "/chatkit/%00"];

/**
 * What no honest client sends, many times over: bodies that are nearly right, bytes that are no HTTP, requests that are never finished.
 * None of it may be our error, end the process, or be in anybody's way.
 */
export async function mangled(kind: Kind, { requests = 1000, seed = 1 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start(["--agent", AGENT], { LOG_LEVEL: "warn" });
  const random = new Random(seed);
  const statuses = new Map<number, number>();
  for (let i = 0; i < requests; i++) {
    const status = await (random.once(10) ? rawBytes(program, random) : nearlyRight(program, random));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  // Speech is not transcribed without a hook, and no HTTP/9.9 is spoken: neither is a failure.
  const failed = [...statuses].filter(([status]) => status >= 500 && status !== 501 && status !== 505).reduce((sum, [, count]) => sum + count, 0);
  const { status: ready } = await fetch(`${program.url}/readyz`);
  const errors = program.output.stderr.split("\n").filter((line) => line.includes('"level":"error"')).length;
  return { requests, failed, errors, refused: statuses.get(400) ?? 0, answered: statuses.get(200) ?? 0, ready, rss_mb: rssMb(program), exit: program.child.exitCode ?? "running" };
}

async function nearlyRight(program: Program, random: Random): Promise<number> {
  const type = random.once(8) ? "application/x-www-form-urlencoded" : "application/json";
  let body = JSON.stringify({ type: random.pick([...OPERATIONS]), params: mutated(params(), random), metadata: random.once(10) ? junk(random) : {} });
  if (random.once(6)) body = body.slice(0, random.below(body.length));
  if (random.once(6)) body = body.replace(/[{}[\]":,]/g, (mark) => (random.once(30) ? "" : mark));
  const headers = { "content-type": type, "x-user-id": random.once(20) ? "a,b" : "eve", "x-request-id": random.once(10) ? "a b\tc" : "r" };
  const path = random.once(10) ? random.pick(PATHS) : "/chatkit";
  const response = await fetch(program.url + path, { method: random.once(15) ? "PUT" : "POST", headers, body });
  await response.text();
  return response.status;
}

const params = () => ({
  thread_id: "thr_x", item_id: "msg_x", item_ids: ["a"], kind: "positive", title: "t", result: {}, after: null, limit: 5, order: "asc", attachment_id: "a", name: "n", size: 1,
  mime_type: "audio/webm", audio_base64: "", action: { type: "x", payload: {} }, input: { ...userInput("hi", { quoted_text: "q" }), answers: { q1: { values: ["a"] } } },
});

/** The value with some of what is in it replaced, removed or added to. */
function mutated(value: unknown, random: Random): unknown {
  if (random.once(12)) return junk(random);
  if (Array.isArray(value)) return value.flatMap((one) => (random.once(10) ? [] : [mutated(one, random)]));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(() => !random.once(12)).map(([key, one]) => [key, mutated(one, random)]);
  if (random.once(8)) entries.push([random.pick(KEYS), junk(random)]);
  return Object.fromEntries(entries) as unknown;
}

function junk(random: Random, depth = 0): unknown {
  if (depth > 3 || !random.once(3)) return random.pick(JUNK);
  return random.once(2) ? Array.from({ length: 3 }, () => junk(random, depth + 1)) : { [random.pick(KEYS)]: junk(random, depth + 1) };
}

/** Bytes that are no HTTP, or the beginning of some; answers the status, or 0 when there is none. */
function rawBytes(program: Program, random: Random): Promise<number> {
  const { hostname, port } = new URL(program.url);
  const noise = String.fromCharCode(...Array.from({ length: random.below(300) }, () => random.below(256)));
  const head = random.pick(["POST /chatkit HTTP/1.1\r\n", "GET / HTTP/9.9\r\n", "PRI * HTTP/2.0\r\n\r\n", "POST /chatkit HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n", ""]);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(head + noise, "latin1"));
    let seen = "";
    const end = () => (socket.destroy(), resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(seen)?.[1] ?? 0)));
    socket.on("data", (bytes) => (seen += bytes.toString("latin1")));
    for (const event of ["error", "close", "end"]) socket.on(event, end);
    setTimeout(end, 50);
  });
}

function rssMb({ child }: Program): number {
  const kib = /VmRSS:\s+(\d+)/.exec(new TextDecoder().decode(Bun.spawnSync(["cat", `/proc/${child.pid}/status`]).stdout))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}
