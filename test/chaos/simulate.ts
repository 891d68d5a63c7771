/**
 * The simulator: `bun test/chaos/simulate.ts [--seed 1] [--runs 1] [--mutate NAME] [--print]`.
 *
 * Two to four servers run in this one process over one store, in memory or SQLite, with time of their own: a minute takes some thirty
 * milliseconds. All that a server does passes a port (store, model, connection, timer, clock), and at every call of one the seed decides
 * how long it takes and what goes wrong: answers of the store are slow or lost, timers late, the model silent. Meanwhile processes are
 * paused, killed, told to end and started again, the database goes away, the wall clock is set, and pages stop an answer, repeat a message,
 * click twice and delete a thread. Everything that happens is written down, and at the end each promise of the README is checked on that
 * history (`simulation/promises/`).
 *
 * The same seed gives the same history, byte for byte. One in which a promise is broken is printed, and this command again.
 * `--mutate` takes a repair out of the server first (`simulation/mutations.ts`) and expects a promise to be broken.
 */
import { parseArgs } from "node:util";
import { mutate } from "./simulation/mutations.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, runs: { type: "string", default: "1" }, mutate: { type: "string" }, print: { type: "boolean", default: false } },
});
const [first, runs] = [Number(values.seed), Number(values.runs)];
const isLoaded = values.mutate === undefined ? () => {} : mutate(values.mutate);
const { simulate } = await import("./simulation/simulation.ts");
isLoaded();

for (let seed = first; seed < first + runs; seed++) {
  const { history, broken } = await simulate(seed);
  if (values.print || (broken.length > 0 && values.mutate === undefined)) console.log(history.toString());
  if (broken.length === 0) continue;
  console.log(`seed ${seed} breaks ${broken.length === 1 ? "a promise" : "promises"}:\n  ${broken.join("\n  ")}`);
  if (values.mutate === undefined) console.log(`again: bun test/chaos/simulate.ts --seed ${seed}`);
  process.exit(values.mutate === undefined ? 1 : 0);
}
console.log(`${runs} ${runs === 1 ? "simulation keeps" : "simulations keep"} every promise`);
process.exit(values.mutate === undefined ? 0 : 1);
