import { expect, test } from "bun:test";
import { Watchdog } from "../../../src/runtime/supervisor/watchdog.ts";
import { recordingLogger } from "../../support/chat.ts";

class Watched {
  missing = 0;
  isSilent = false;
  isDead = false;
  constructor(
    readonly number: number,
    readonly orders: string[],
  ) {}

  countMissing(): number {
    return (this.missing = this.isSilent ? this.missing + 1 : 0);
  }
  avoid(silent: Watched): void {
    this.orders.push(`${this.number} avoids ${silent.number}`);
  }
  spread(): void {
    this.orders.push(`${this.number} spreads`);
  }
  kill(): void {
    this.isDead = true;
    this.orders.push(`${this.number} is killed`);
  }
}

function watched(leaseMs: number) {
  const orders: string[] = [];
  const workers = [1, 2, 3].map((number) => new Watched(number, orders));
  const logger = recordingLogger();
  const watchdog = new Watchdog(() => workers.filter(({ isDead }) => !isDead), leaseMs, logger);
  // By hand: nothing has to be waited for.
  watchdog.stop();
  const look = (times: number) => {
    for (let i = 0; i < times; i++) watchdog.look();
    return orders.splice(0);
  };
  return { workers, look, logger };
}

test("a silent worker gets no new connections after three signs that are missing, and again when it is back", () => {
  const { workers, look } = watched(15_000);
  workers[0]!.isSilent = true;
  expect(look(2)).toEqual([]);
  expect(look(1)).toEqual(["2 avoids 1"]);
  expect(look(20)).toEqual([]);
  workers[0]!.isSilent = false;
  expect(look(1)).toEqual(["1 spreads"]);
  expect(look(40)).toEqual([]);
});

test("it is killed when others have closed its answers, and the kernel is told that it is gone", () => {
  const { workers, look } = watched(3000);
  workers[1]!.isSilent = true;
  expect(look(5)).toEqual(["1 avoids 2"]);
  expect(look(1)).toEqual(["2 is killed"]);
  expect(look(10)).toEqual(["1 spreads"]);
});

test("when nobody gives a sign nobody is told, and all that stay silent are killed", () => {
  const { workers, look } = watched(3000);
  for (const worker of workers) worker.isSilent = true;
  expect(look(5)).toEqual([]);
  expect(look(1)).toEqual(["1 is killed", "2 is killed", "3 is killed"]);
});
