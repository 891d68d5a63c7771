import type { SentEvent } from "../../../src/protocol/events.ts";
import type { SseBody } from "../../../src/http/sse.ts";
import type { Wish } from "./history.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Simulation } from "./simulation.ts";

/** What comes of a request: no answer, so that the page sends it again; a document; or a stream, to be read by `next`. */
export type Reply = { failed: string } | { status: number; json: unknown } | "stream";
export type Told = SentEvent | "end" | "cut" | "left";

/** How long a proxy waits for the head of an answer before it says 504. */
const GATEWAY_MS = 2000;
/** What the kernels between a process and a page take although the page reads nothing. */
const IN_FLIGHT = 4;

/** One request and its answer, on a connection of its own between a page and a process. */
export class Connection {
  readonly request: number;
  readonly #reply = Promise.withResolvers<Reply>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #gone = new AbortController();
  readonly #told: Told[] = [];
  #wake = () => {};
  #body: SseBody | undefined;
  /** When what was sent last arrives: nothing on a connection overtakes what was sent before. */
  readonly #arrivesAt = { page: 0, process: 0 };
  #hasHead = false;
  #isOver = false;
  /** Everything that has not arrived by now is lost. */
  #isReset = false;

  constructor(
    private readonly simulation: Simulation,
    private readonly process: SimulatedProcess,
    private readonly wish: Wish,
    private readonly isSlow: boolean,
  ) {
    this.request = simulation.nextRequest();
    simulation.history.add({ kind: "sends", request: this.request, wish: wish.wish, process: process.name });
    process.connections.add(this);
    if (!process.isListening) this.#toPage(() => this.#fail("refused"));
    else {
      this.#toProcess(() => void this.#take());
      simulation.scheduler.after(GATEWAY_MS, simulation.outside, () => this.#hasHead || this.#isOver || (this.#fail("504"), this.#hangUp()));
    }
  }

  get reply(): Promise<Reply> {
    return this.#reply.promise;
  }

  /** Resolves when the process has done with it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** What the page reads next. */
  async next(): Promise<Told> {
    while (this.#told.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#told.shift()!;
  }

  /** The person presses Stop, or closes the page. */
  leave(): void {
    if (this.#isOver) return;
    this.simulation.history.add({ kind: "leaves", request: this.request });
    if (!this.#hasHead) this.#reply.resolve({ failed: "left" });
    this.#end("left");
    this.#hangUp();
  }

  /** The process breaks it off. What is on its way arrives, or not. */
  cut(): void {
    this.#close("cut");
    if (this.simulation.weather.random.once(2)) this.#isReset = true;
    this.simulation.scheduler.after(1, this.simulation.outside, () => (this.#hasHead ? this.#end("cut") : this.#fail("reset")));
  }

  async #take(): Promise<void> {
    const { page } = this.wish;
    this.simulation.history.add({ kind: "takes", request: this.request, process: this.process.name });
    const headers = new Headers({ "chatkit-frame-instance-id": page });
    const text = async () => bodyOf(this.wish);
    const response = await this.process.take({ headers, signal: this.#gone.signal, text } as unknown as Request);
    if ("body" in response) return this.#send((this.#body = response.body));
    this.#close("end");
    const { status, json } = response;
    this.#toPage(() => (status >= 500 ? this.#fail(String(status)) : this.#answer(status, json)));
  }

  /** Reads the body as Bun does: the next chunk when the socket can take it. */
  async #send(body: SseBody): Promise<void> {
    for (let chunks = 0; ; chunks++) {
      const { value, done } = await body.next();
      if (done) break;
      if (chunks === 0) {
        this.simulation.history.add({ kind: "begins", request: this.request });
        this.#toPage(() => this.#begin());
      }
      const events = eventsIn(value);
      for (const event of events) this.simulation.history.add({ kind: "emits", request: this.request, event });
      this.#toPage(() => this.#tell(events));
      if (this.isSlow && chunks > IN_FLIGHT) await this.simulation.scheduler.sleep(this.simulation.weather.between(100, 2000), this.process);
    }
    this.#close("end");
    this.#toPage(() => this.#end("end"));
  }

  #close(how: "end" | "cut"): void {
    if (this.process.connections.delete(this)) this.simulation.history.add({ kind: "finishes", request: this.request, how });
    this.#closed.resolve();
  }

  #hangUp(): void {
    this.#toProcess(() => {
      this.#gone.abort();
      void this.#body?.return();
      this.#close("end");
    });
  }

  #begin(): void {
    if (this.#isOver) return;
    this.#hasHead = true;
    this.#reply.resolve("stream");
  }

  #tell(events: SentEvent[]): void {
    if (this.#isOver) return;
    for (const event of events) {
      this.simulation.history.add({ kind: "tells", request: this.request, event });
      this.simulation.learn(event);
    }
    this.#told.push(...events);
    this.#wake();
  }

  #answer(status: number, json: unknown): void {
    if (this.#isOver) return;
    this.#isOver = this.#hasHead = true;
    this.simulation.history.add({ kind: "answers", request: this.request, json });
    this.#reply.resolve({ status, json });
  }

  #fail(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#close("cut");
    this.simulation.history.add({ kind: "fails", request: this.request, why });
    this.#reply.resolve({ failed: why });
  }

  #end(how: "end" | "cut" | "left"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.simulation.history.add({ kind: "ends", request: this.request, how });
    this.#told.push(how);
    this.#wake();
  }

  #toPage(work: () => void): void {
    this.#after("page", () => this.#isReset || work());
  }

  #toProcess(work: () => void): void {
    this.#after("process", work);
  }

  #after(to: "page" | "process", work: () => void): void {
    const { scheduler, weather, outside } = this.simulation;
    const at = Math.max(this.#arrivesAt[to], scheduler.now + weather.between(0.2, 5));
    this.#arrivesAt[to] = at;
    scheduler.after(at - scheduler.now, to === "page" ? outside : this.process, work);
  }
}

export function bodyOf({ operation, params }: Pick<Wish, "operation" | "params">): string {
  return JSON.stringify({ type: operation, params });
}

function eventsIn(chunk: string): SentEvent[] {
  return [...chunk.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!) as SentEvent);
}
