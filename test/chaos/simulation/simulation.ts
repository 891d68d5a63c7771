import type { SentEvent } from "../../../src/protocol/events.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import type { LeaseClock } from "../../../src/store/sqlite/lease-clock.ts";
import { Random } from "../../support/random.ts";
import { History } from "./history.ts";
import { violations } from "./invariants.ts";
import { Ledger } from "./ledger.ts";
import { ownRuntime } from "./owned-runtime.ts";
import { Page } from "./page.ts";
import { SimulatedProcess } from "./process.ts";
import { Scheduler, type Owner } from "./scheduler.ts";
import { BLOWS, Weather, type Fault } from "./weather.ts";

export type SimulatedStore = MemoryStore<RequestContext> | SqliteStore<RequestContext>;
/** What pages know of a thread, from what they were told. */
type KnownThread = { id: string; widgets: string[]; messages: string[]; call?: string; questions?: string };

const STEP_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Longer than any simulation should take; what takes longer hangs. */
const LONGEST_MS = 1_000_000;
/** Longer than any answer takes while nothing goes wrong. */
const LONGEST_ANSWER_MS = 60_000;
const WALL_CLOCK = Date.parse("2026-01-01T00:00:00Z");

const someone = (name: string): Owner => ({ name, isGone: false, isPaused: false, held: [] });

/** Runs the simulation of that seed. `broken` names each promise that was not kept, and what has broken it. */
export async function simulate(seed: number): Promise<{ history: History; broken: string[] }> {
  const simulation = new Simulation(seed);
  const broken = await simulation.run().catch((error: Error) => [`it failed: ${error.stack}`]);
  return { history: simulation.history, broken };
}

/** Everything of one simulation. The seed decides how many processes and pages there are, on which store, and what happens to them. */
export class Simulation {
  readonly outside = someone("outside");
  readonly database: Owner & { isAway: boolean } = { ...someone("database"), isAway: false };
  readonly scheduler = new Scheduler(this.outside);
  readonly history = new History(() => this.scheduler.now);
  readonly weather: Weather;
  readonly store: SimulatedStore;
  readonly ledger: Ledger;
  readonly leaseMs: number;
  readonly kind: "memory" | "sqlite";
  readonly faults: readonly Fault[];
  readonly #graceMs: number;
  readonly #known = new Map<string, KnownThread>();
  readonly #processes: SimulatedProcess[] = [];
  readonly #pages: Page[];
  /** How far the wall clock is ahead of its beginning, apart from the time that has passed. */
  #wallClockStep = 0;
  #counts = { request: 0, wish: 0, word: 0, process: 0 };
  isCalm = false;

  constructor(readonly seed: number) {
    const random = new Random(seed * 7919 + 1);
    this.weather = new Weather(random);
    this.kind = random.pick(["memory", "sqlite"]);
    this.leaseMs = random.pick([3000, 6000, 15_000]);
    this.#graceMs = random.pick([0, 500, 3000, 10_000]);
    const leases = this.#leaseClock(random.once(3));
    this.store = this.kind === "memory" ? new MemoryStore(leases.now) : new SqliteStore(":memory:", undefined, leases);
    this.ledger = new Ledger(this.store, { userId: "ada" } as RequestContext);
    this.#pages = Array.from({ length: 2 + random.below(2) }, (_, i) => new Page(this, `p${i + 1}`));
    this.faults = this.weather.kinds;
    this.history.add({ kind: "fault", what: `seed ${seed}: ${this.kind} store, lease ${this.leaseMs} ms, grace ${this.#graceMs} ms; ${this.faults.join(", ")}` });
  }

  async run(): Promise<string[]> {
    const giveBack = ownRuntime(this.scheduler, () => this.#clock(), this.#wallClock);
    try {
      if (this.store instanceof SqliteStore) await this.scheduler.until(this.store.migrate(), LONGEST_MS);
      for (let i = 2 + this.weather.random.below(3); i > 0; i--) this.#processes.push(this.#newProcess());
      await this.scheduler.until(this.#live(), LONGEST_MS);
      await this.scheduler.until(this.store.close(), LONGEST_MS);
      return violations(this.history, new Set(this.faults), this.#graceMs);
    } finally {
      giveBack();
    }
  }

  get threads(): KnownThread[] {
    return [...this.#known.values()];
  }

  /** A process as a load balancer picks one, which may be one that has just died. */
  anyProcess(): SimulatedProcess {
    const listening = this.#processes.filter((process) => process.isUp);
    return this.weather.random.pick(listening.length > 0 ? listening : this.#processes);
  }

  get #runs(): number {
    return this.#processes.reduce((runs, process) => runs + process.runs, 0);
  }

  word(): string {
    return `w${++this.#counts.word}`;
  }

  nextRequest(): number {
    return ++this.#counts.request;
  }

  nextWish(): number {
    return ++this.#counts.wish;
  }

  /** Notes what pages get to know of threads. */
  learn(event: SentEvent): void {
    if (event.type === "thread.created") this.#known.set(event.thread.id, { id: event.thread.id, widgets: [], messages: [] });
    if (event.type !== "thread.item.done") return;
    const { item } = event;
    const thread = this.#known.get(item.thread_id);
    if (!thread) return;
    delete thread.call;
    delete thread.questions;
    if (item.type === "widget") thread.widgets.push(item.id);
    if (item.type === "user_message") thread.messages.push(item.id);
    if (item.type === "client_tool_call") thread.call = item.id;
    if (item.type === "structured_input") thread.questions = item.id;
  }

  async #live(): Promise<void> {
    const { weather, scheduler } = this;
    const lives = this.#pages.map((page) => page.live());
    const until = scheduler.now + weather.between(8000, 30_000);
    const blows = BLOWS.filter((fault) => weather.has(fault));
    while (scheduler.now < until) {
      await scheduler.sleep(weather.between(200, 5000));
      if (blows.length > 0) void this.#strike(weather.random.pick(blows));
    }
    this.#calm();
    await Promise.all(lives);
    for (const until = scheduler.now + LONGEST_ANSWER_MS; this.#runs > 0 && scheduler.now < until; ) await scheduler.sleep(500);
    await scheduler.sleep(2 * this.leaseMs + 5000);
    await this.#probe();
    await scheduler.sleep(LONGEST_ANSWER_MS / 4);
    const { bytes } = await this.store.usage("ada", Infinity);
    this.history.add({ kind: "final", stuckRuns: this.#runs, bytesLeft: bytes - (await this.ledger.bytes()) });
  }

  async #strike(fault: Fault): Promise<void> {
    const { weather, scheduler, history } = this;
    const process = weather.random.pick(this.#processes);
    const lasts = weather.between(100, weather.random.once(3) ? 3 * this.leaseMs : 2000);
    switch (fault) {
      case "pause":
        if (!process.isUp || process.isPaused) return;
        process.pause();
        await scheduler.sleep(lasts);
        return process.resume();
      case "crash":
        return process.die();
      case "sigterm":
        return process.terminate(this.#graceMs);
      case "store away":
        history.add({ kind: "fault", what: `the database is away for ${Math.round(lasts)} ms` });
        this.database.isAway = true;
        await scheduler.sleep(lasts);
        this.database.isAway = false;
        return history.add({ kind: "fault", what: "the database is back" });
      case "cut off from the store":
        history.add({ kind: "fault", what: `${process.name} is cut off from the database for ${Math.round(lasts)} ms` });
        process.isCutOff = true;
        await scheduler.sleep(lasts);
        process.isCutOff = false;
        return history.add({ kind: "fault", what: `${process.name} reaches the database again` });
      case "clock step": {
        const step = weather.random.pick([-HOUR_MS, -STEP_MS, STEP_MS / 2, HOUR_MS]);
        this.#wallClockStep += step;
        return history.add({ kind: "fault", what: `the wall clock is set by ${step} ms` });
      }
    }
  }

  /** From here on nothing goes wrong any more, and what is broken is repaired. */
  #calm(): void {
    this.isCalm = true;
    this.weather.calm();
    this.database.isAway = false;
    for (const process of this.#processes) {
      process.isCutOff = false;
      process.resume();
    }
    this.history.add({ kind: "calm" });
  }

  /** Sends a message to every thread there is, all at once. */
  async #probe(): Promise<void> {
    const context = { userId: "ada" } as RequestContext;
    const { data } = await this.store.loadThreads(1000, null, "asc", context);
    await Promise.all(data.map(({ id }) => this.#pages[0]!.probe(id)));
  }

  #newProcess(): SimulatedProcess {
    const replaced = () => void this.#processes.splice(this.#processes.indexOf(process), 1, this.#newProcess());
    const process = new SimulatedProcess(this, `s${++this.#counts.process}`, () => {
      // Somebody starts another one in its place.
      this.scheduler.after(this.weather.between(50, 4000), this.outside, replaced);
    });
    return process;
  }

  #clock() {
    const { current } = this.scheduler;
    if (current instanceof SimulatedProcess) return current.clock;
    return { now: () => this.scheduler.now, after: (ms: number, work: () => void) => this.scheduler.after(ms, current, work) };
  }

  readonly #wallClock = (): number => Math.floor(WALL_CLOCK + this.scheduler.now + this.#wallClockStep);

  /** The machine's uptime, or where that is not known the wall clock, which only SQLite's leases are made for. */
  #leaseClock(isWallClock: boolean): LeaseClock {
    if (isWallClock && this.kind === "sqlite") return { now: this.#wallClock, bootId: null };
    return { now: () => Math.floor(this.scheduler.now), bootId: "boot" };
  }
}
