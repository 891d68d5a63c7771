// A service of two workers: this script started again, with `--worker`. The second worker fails at its first start, as with an agent that
// is broken just then. Prints what is logged, and what becomes of the service.
import { existsSync } from "node:fs";
import { loadConfig } from "../../../src/config/load.ts";
import { listen } from "../../../src/runtime/process/listen.ts";
import { Posts } from "../../../src/runtime/supervisor/posts.ts";

const [folder = ""] = process.argv.slice(2);
if (process.argv.includes("--worker")) await work(process.argv.at(-1) ?? "");
else await serve();

async function work(number: string): Promise<void> {
  const mark = `${folder}/has-failed`;
  if (number === "2" && !existsSync(mark)) {
    await Bun.write(mark, "");
    process.exit(2);
  }
  process.on("message", (order: { do: string }) => {
    if (order.do === "listen") process.send?.({ isListening: true });
    if (order.do === "stop" || order.do === "retire") process.exit(0);
  });
  process.send?.({ loaded: `worker ${number}` });
}

async function serve(): Promise<void> {
  const loaded = await loadConfig({ workers: "2" }, {});
  const place = listen({ host: "127.0.0.1", port: 0 }, true);
  const replaced = Promise.withResolvers<void>();
  const log = (fields: object, message?: string) => {
    console.log(JSON.stringify({ ...fields, message }));
    if (message === "a worker has died") posts.restart();
    if (message === "the workers have been replaced") replaced.resolve();
  };
  const posts = new Posts(loaded, place, { debug: log, info: log, warn: log, error: log });
  const started = posts.start(place).then(() => replaced.promise);
  console.log(await Promise.race([started.then(() => "serves"), posts.givenUp.catch(() => "given up")]));
  await posts.stop(new Promise(() => {}));
  process.exit(0);
}
