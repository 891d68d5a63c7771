// A post whose worker never finishes loading: this script started again, with `--worker`. Prints what is logged, and the end of it.
import { Post } from "../../../src/runtime/supervisor/post.ts";
import { Seats } from "../../../src/runtime/supervisor/seats.ts";

if (process.argv.includes("--worker")) {
  // An endless wait does not end it, since it has a channel to its supervisor.
  process.on("message", () => {});
} else {
  const log = (fields: object, message?: string) => console.log(JSON.stringify({ ...fields, message }));
  const logger = { debug: log, info: log, warn: log, error: log };
  const place = { port: 1, environment: process.env, seats: new Seats<unknown>(), patienceMs: 1000 };
  const post = new Post(1, { ...place, logger, loadingMs: 500, onAsked: () => {}, isWorthWaiting: () => true, giveUp: () => {} });
  await post.replace().catch((error: Error) => console.log(error.constructor.name));
  const replaced = post.replace();
  post.endLoading();
  await replaced;
  // A timer that is due starts another one.
  await new Promise((resolve) => setTimeout(resolve));
  console.log(`workers at the end: ${(await post.stop()).length}`);
  process.exit(0);
}
