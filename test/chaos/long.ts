/**
 * The chaos scenarios at length, over the compiled program: `bun test/chaos/long.ts NAME [rounds]`, or `all`. Prints what each measured.
 * More than 256 streams need BUN_CONFIG_MAX_HTTP_REQUESTS=2000 in the environment of this script, which reads them all.
 */
import { binary } from "../support/binary.ts";
import { removedText, sentAgain } from "./scenarios/after-death.ts";
import { behindPooler } from "./scenarios/behind-pooler.ts";
import { behindProxy } from "./scenarios/behind-proxy.ts";
import { blackHole } from "./scenarios/black-hole.ts";
import { clockStep } from "./scenarios/clock-step.ts";
import { crossUser } from "./scenarios/cross-user.ts";
import { databaseRestart } from "./scenarios/database-restart.ts";
import { deleteLong } from "./scenarios/delete-long.ts";
import { diskFull } from "./scenarios/disk-full.ts";
import { failover } from "./scenarios/failover.ts";
import { failingProxy } from "./scenarios/failing-proxy.ts";
import { mcpFlood, refusedFlood } from "./scenarios/floods.ts";
import { hostileBodies } from "./scenarios/hostile-bodies.ts";
import { kill } from "./scenarios/kill.ts";
import { lockedFile } from "./scenarios/locked-file.ts";
import { mangled } from "./scenarios/mangled.ts";
import { migrateTogether } from "./scenarios/migrate-together.ts";
import { orphans } from "./scenarios/orphans.ts";
import { outage } from "./scenarios/outage.ts";
import { partialImages } from "./scenarios/partial-images.ts";
import { pausedOwner } from "./scenarios/paused-owner.ts";
import { races } from "./scenarios/races.ts";
import { resent } from "./scenarios/resent.ts";
import { retryKilled } from "./scenarios/retry-killed.ts";
import { fullDisk } from "./scenarios/save-hosted-full-disk.ts";
import { saveHosted } from "./scenarios/save-hosted.ts";
import { rollingRestart } from "./scenarios/rolling-restart.ts";
import { sigterm } from "./scenarios/sigterm.ts";
import { simulations } from "./scenarios/simulations.ts";
import { sigtermOpening } from "./scenarios/sigterm-opening.ts";
import { silentReader } from "./scenarios/silent-reader.ts";
import { stopAndRepeat } from "./scenarios/stop-and-repeat.ts";
import { stoppedWorker } from "./scenarios/stopped-worker.ts";
import { widgetRaces } from "./scenarios/widget-races.ts";
import { uploadsFullDisk } from "./scenarios/uploads-full-disk.ts";
import { uploadsKilled } from "./scenarios/uploads-killed.ts";
import type { Figures } from "./world.ts";

type Long = (rounds: number | undefined) => Promise<Figures>;

const LONG: Record<string, Long> = {
  "kill-sqlite": (rounds = 10) => kill("sqlite", { rounds, streams: 200, runMs: 4000 }),
  "kill-postgres": (rounds = 10) => kill("postgres", { rounds, streams: 200, runMs: 4000 }),
  "database-restart": (rounds = 20) => databaseRestart({ rounds, clients: 30 }),
  "black-hole": (rounds = 1) => blackHole({ rounds, silentMs: 60_000, streams: 10 }),
  "orphans-sqlite": (threads = 1000) => orphans("sqlite", { threads }),
  "orphans-postgres": (threads = 1000) => orphans("postgres", { threads }),
  "races-sqlite": (rounds = 1000) => races("sqlite", { rounds }),
  "races-postgres": (rounds = 1000) => races("postgres", { rounds }),
  "paused-owner-sqlite": (rounds = 10) => pausedOwner("sqlite", { rounds, threads: 20 }),
  "paused-owner-postgres": (rounds = 10) => pausedOwner("postgres", { rounds, threads: 20 }),
  "behind-pooler": (rounds = 10) => behindPooler({ rounds }),
  failover: () => failover({ loadMs: 10_000 }),
  "failover-fast": () => failover({ loadMs: 10_000, how: "fast" }),
  "outage-sqlite": (leases = 10) => outage("sqlite", { leases, threads: 20 }),
  "outage-postgres": (leases = 10) => outage("postgres", { leases, threads: 20 }),
  "clock-step-sqlite": (threads = 20) => clockStep("sqlite", { threads }),
  "clock-step-postgres": (threads = 20) => clockStep("postgres", { threads }),
  "widget-races-sqlite": (rounds = 50) => widgetRaces("sqlite", { rounds }),
  "widget-races-postgres": (rounds = 50) => widgetRaces("postgres", { rounds }),
  "partial-images-sqlite": (images = 120) => partialImages("sqlite", { images }),
  "partial-images-postgres": (images = 120) => partialImages("postgres", { images }),
  "removed-text-sqlite": (threads = 100) => removedText("sqlite", { threads }),
  "removed-text-postgres": (threads = 100) => removedText("postgres", { threads }),
  "sent-again-sqlite": (rounds = 20) => sentAgain("sqlite", { rounds }),
  "sent-again-postgres": (rounds = 20) => sentAgain("postgres", { rounds }),
  "stop-and-repeat-sqlite": (times = 1000) => stopAndRepeat("sqlite", { times, processes: 2 }),
  "stop-and-repeat-postgres": (times = 1000) => stopAndRepeat("postgres", { times, processes: 2 }),
  "failing-proxy-sqlite": (rounds = 50) => failingProxy("sqlite", { rounds }),
  "failing-proxy-postgres": (rounds = 50) => failingProxy("postgres", { rounds }),
  "resent-one-process": (times = 100) => resent("postgres", { times }),
  "resent-two-processes": (times = 100) => resent("postgres", { processes: 2, times }),
  "retry-killed-sqlite": (rounds = 50) => retryKilled("sqlite", { rounds }),
  "retry-killed-postgres": (rounds = 50) => retryKilled("postgres", { rounds }),
  "migrate-sqlite": (rounds = 10) => migrateTogether("sqlite", { rounds }),
  "migrate-postgres": (rounds = 10) => migrateTogether("postgres", { rounds }),
  "delete-long-sqlite": (items = 100_000) => deleteLong("sqlite", { items }),
  "delete-long-postgres": (items = 100_000) => deleteLong("postgres", { items }),
  "delete-long-killed-sqlite": (items = 100_000) => deleteLong("sqlite", { items, kill: true }),
  "delete-long-killed-postgres": (items = 100_000) => deleteLong("postgres", { items, kill: true }),
  "disk-full": (clients = 100) => diskFull({ clients, fullMs: 12_000 }),
  "uploads-killed": (uploads = 200) => uploadsKilled({ uploads, bytes: 2_000_000 }),
  "uploads-full-disk": (uploads = 50) => uploadsFullDisk({ uploads }),
  "locked-file": (writers = 100) => lockedFile({ lockMs: 7500, writers }),
  "save-hosted": (threads = 5000) => saveHosted({ threads, kills: 3 }),
  "save-hosted-kills": (kills = 20) => saveHosted({ threads: 600, kills }),
  "save-hosted-full-disk": (threads = 1500) => fullDisk({ threads }),
  "rolling-restart-sqlite": (rounds = 10) => rollingRestart("sqlite", { rounds, workers: 3 }),
  "rolling-restart-postgres": (rounds = 10) => rollingRestart("postgres", { rounds, workers: 3 }),
  "rolling-restart-slow-agent": (rounds = 3) => rollingRestart("sqlite", { rounds, workers: 3, bare: false, loadMs: 3000 }),
  "workers-stopped-sqlite": (rounds = 5) => rollingRestart("sqlite", { rounds, workers: 3, bare: false, how: "SIGTERM" }),
  "workers-stopped-postgres": (rounds = 5) => rollingRestart("postgres", { rounds, workers: 3, bare: false, how: "SIGINT" }),
  "stopped-worker-sqlite": (workers = 3) => stoppedWorker("sqlite", { workers, streams: 30 }),
  "stopped-worker-postgres": (workers = 3) => stoppedWorker("postgres", { workers, streams: 30 }),
  "sigterm-opening-sqlite": (rounds = 20) => sigtermOpening("sqlite", { rounds, requests: 100 }),
  "sigterm-opening-postgres": (rounds = 20) => sigtermOpening("postgres", { rounds, requests: 100 }),
  "sigterm-sqlite": (streams = 500) => sigterm("sqlite", { streams, graceMs: 10_000 }),
  "sigterm-postgres": (streams = 500) => sigterm("postgres", { streams, graceMs: 10_000 }),
  "cross-user-none": (attempts = 12_000) => crossUser("sqlite", "none", { attempts }),
  "cross-user-header": (attempts = 12_000) => crossUser("sqlite", "header", { attempts, seed: 2 }),
  "cross-user-jwt": (attempts = 12_000) => crossUser("postgres", "jwt", { attempts, seed: 3 }),
  "mangled-sqlite": (requests = 30_000) => mangled("sqlite", { requests }),
  "mangled-postgres": (requests = 30_000) => mangled("postgres", { requests, seed: 2 }),
  "hostile-bodies-sqlite": (seconds = 60) => hostileBodies("sqlite", { forMs: seconds * 1000 }),
  "hostile-bodies-postgres": (seconds = 60) => hostileBodies("postgres", { forMs: seconds * 1000 }),
  "silent-reader": (mebibytes = 64) => silentReader({ mebibytes, timeoutS: 30 }),
  "refused-flood": (requests = 50_000) => refusedFlood({ requests }),
  "mcp-flood": (floodMs = 10_000) => mcpFlood("notifications", { floodMs }),
  "mcp-flood-messages": (floodMs = 10_000) => mcpFlood("messages", { floodMs }),
  "mcp-flood-long": (floodMs = 10_000) => mcpFlood("long", { floodMs }),
  "mcp-flood-junk": (floodMs = 10_000) => mcpFlood("junk", { floodMs }),
  "mcp-flood-lines": (floodMs = 10_000) => mcpFlood("lines", { floodMs }),
  "mcp-flood-stderr": (floodMs = 10_000) => mcpFlood("stderr", { floodMs }),
  simulations: (seeds = 20_000) => simulations({ seeds }),
  "behind-nginx": () => behindProxy("nginx", "readme"),
  "behind-caddy": () => behindProxy("caddy", "readme"),
};

const [name = "", rounds] = process.argv.slice(2);
const names = name === "all" ? Object.keys(LONG) : name.split(",");
if (names.some((one) => !LONG[one])) {
  console.error(`usage: bun test/chaos/long.ts NAME [rounds]\nNAME is all or one of ${Object.keys(LONG).join(", ")}`);
  process.exit(2);
}
await binary();
for (const one of names) {
  const started = performance.now();
  const figures = await LONG[one]!(rounds === undefined ? undefined : Number(rounds));
  const text = Object.entries(figures).map(([label, figure]) => `${label}=${figure}`);
  console.log(`${one} (${Math.round((performance.now() - started) / 1000)} s): ${text.join(" ")}`);
}
process.exit(0);
