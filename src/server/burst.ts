/**
 * One event, or several that came up together. Each layer between a hook and the socket costs a promise or more; a burst passes
 * it as one.
 */
export type Burst<Event> = Event | readonly Event[];

const BURSTS = Symbol("bursts");

type InBursts<Event> = AsyncGenerator<Event, void> & { [BURSTS](): AsyncGenerator<Burst<Event>, void> };

/** A generator of events like any other, whose events `burstsOf` takes several at a time. One of the two reads it. */
export function inBursts<Event extends object>(read: () => AsyncGenerator<Burst<Event>, void>): AsyncGenerator<Event, void> {
  const generator: AsyncGenerator<Event, void> = oneByOne(read);
  return Object.assign(generator, { [BURSTS]: read });
}

/** The events of anything that yields some, as many at a time as it has. */
export function burstsOf<Event>(events: AsyncIterable<Event>): AsyncIterable<Burst<Event>> {
  return BURSTS in events ? (events as InBursts<Event>)[BURSTS]() : events;
}

async function* oneByOne<Event>(read: () => AsyncGenerator<Burst<Event>, void>): AsyncGenerator<Event, void> {
  for await (const burst of read()) {
    if (Array.isArray(burst)) yield* burst as readonly Event[];
    else yield burst as Event;
  }
}
