/**
 * Runs all tests, in two parts, since two cores are not enough for all of them at once: first those that only need time, then the scenarios
 * of test/chaos, which judge how long things take. What is given goes to `bun test`; with the names of files it is run once, for those.
 */
const { execPath, argv } = process;
const given = argv.slice(2);
const ALWAYS = ["--no-orphans", "test", "--timeout=60000"];
const PARTS = {
  // The slowest files begin, lest all wait for one of them in the end; `--update-timings` writes how long they take.
  most: ["--parallel=3", `--timings=${import.meta.dir}/timings.json`, "--path-ignore-patterns=test/chaos/**"],
  chaos: ["--parallel=2", "--max-concurrency=3", "test/chaos"],
};

async function run(args: string[]): Promise<number> {
  return Bun.spawn([execPath, ...ALWAYS, ...args], { stdio: ["inherit", "inherit", "inherit"] }).exited;
}

/** A report of each part: `report.xml` becomes `report-chaos.xml`. */
const forPart = (part: string) => given.map((arg) => (arg.startsWith("--reporter-outfile=") ? arg.replace(/(\.\w+)?$/, `-${part}$1`) : arg));

const codes: number[] = [];
if (given.some((arg) => !arg.startsWith("-"))) codes.push(await run(given));
else for (const [part, options] of Object.entries(PARTS)) codes.push(await run([...options, ...forPart(part)]));
process.exit(Math.max(...codes));

export {};
