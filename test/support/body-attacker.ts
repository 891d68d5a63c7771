import { HOSTILE_BODIES } from "./hostile-bodies.ts";

/** Sends hostile bodies one after another, so many clients at once, until its standard input ends. Prints when it begins, and last how many got which status. */
const [url = "", clients = "2"] = process.argv.slice(2);
const bodies = Object.values(HOSTILE_BODIES).map((body) => new TextEncoder().encode(body));
const statuses: Record<number, number> = {};
let isOver = false;

async function attack(first: number): Promise<void> {
  for (let i = first; !isOver; i++) {
    const headers = { "content-type": "application/json", "x-user-id": "eve" };
    const response = await fetch(url, { method: "POST", headers, body: bodies[i % bodies.length]! });
    await response.bytes();
    statuses[response.status] = (statuses[response.status] ?? 0) + 1;
  }
}

console.log("begins");
const attacks = Array.from({ length: Number(clients) }, (_, i) => attack(i * 5));
await Bun.stdin.bytes();
isOver = true;
await Promise.all(attacks);
console.log(JSON.stringify(statuses));
