/**
 * One event, or several that came up together. Each layer between a hook and the socket costs a promise or more; a burst passes
 * it as one.
 */
export type Burst<Event> = Event | readonly Event[];

export function eventsIn<Event extends object>(burst: Burst<Event>): readonly Event[] {
  return Array.isArray(burst) ? burst : [burst as Event];
}

const BURSTS = Symbol("bursts");

type Reading<Event> = AsyncGenerator<Burst<Event>, void>;
type InBursts<Event> = AsyncGenerator<Event, void> & { [BURSTS](): Reading<Event> | undefined };

/** A generator of events like any other, whose events `burstsOf` takes several at a time, unless somebody reads it already. */
export function inBursts<Event extends object>(read: () => Reading<Event>): AsyncGenerator<Event, void> {
  let isRead = false;
  // Reading is what starts a run: a second one would be a second call of the model.
  const once = () => {
    if (isRead) return undefined;
    isRead = true;
    return read();
  };
  return Object.assign(oneByOne(once), { [BURSTS]: once });
}

/** The events of anything that yields some, as many at a time as it has. */
export function burstsOf<Event>(events: AsyncIterable<Event>): AsyncIterable<Burst<Event>> {
  const bursts = BURSTS in events ? (events as InBursts<Event>)[BURSTS]() : undefined;
  return bursts ?? events;
}

async function* oneByOne<Event extends object>(once: () => Reading<Event> | undefined): AsyncGenerator<Event, void> {
  const bursts = once();
  if (!bursts) return;
  for await (const burst of bursts) yield* eventsIn(burst);
}
