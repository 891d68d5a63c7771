/**
 * Runs all tests, in two parts at once: the scenarios of test/chaos, which judge how long things take and mostly wait, and all others, which
 * only need time and yield to them. What is given goes to `bun test`; with the names of files it is run once, for those.
 */
import { setPriority } from "node:os";
import { binary } from "../test/support/binary.ts";

const { execPath, argv } = process;
const given = argv.slice(2);
const ALWAYS = ["--no-orphans", "test", "--timeout=60000"];
// Of three scenarios at a time in each of two files, two cores are left idle for half of the time.
const CHAOS = ["--parallel=2", "--max-concurrency=3", "test/chaos"];
const OTHERS = ["--parallel=3", "--path-ignore-patterns=test/chaos/**"];
/** How much the others yield (see nice(1)): what judges time gets three quarters of a core that both want. */
const YIELDING = 5;

/** A report of each part: `report.xml` becomes `report-chaos.xml`. */
const forPart = (part: string) => given.map((arg) => (arg.startsWith("--reporter-outfile=") ? arg.replace(/(\.\w+)?$/, `-${part}$1`) : arg));

const start = (args: string[], output: "inherit" | "pipe" = "inherit") =>
  Bun.spawn([execPath, ...ALWAYS, ...args], { stdio: ["inherit", output, output] });

async function inTwoParts(): Promise<number> {
  // Before they begin, or each would build the program for itself.
  await binary();
  const chaos = start([...CHAOS, ...forPart("chaos")], "pipe");
  // Read while it runs, or it would wait for us, and written when the others have ended: two runs at once cannot be read.
  const output = Promise.all([new Response(chaos.stdout).text(), new Response(chaos.stderr).text()]);
  setPriority(YIELDING);
  const others = await start([...OTHERS, ...forPart("others")]).exited;
  const [stdout, stderr] = await output;
  await Bun.write(Bun.stdout, stdout);
  await Bun.write(Bun.stderr, stderr);
  return Math.max(others, await chaos.exited);
}

process.exit(given.some((arg) => !arg.startsWith("-")) ? await start(given).exited : await inTwoParts());
