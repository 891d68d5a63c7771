/**
 * One event, or several that came at the same moment. Passing a layer between a hook and the socket costs at least one promise; events
 * in a burst share it.
 */
export type Burst<Event> = Event | readonly Event[];

export function eventsIn<Event extends object>(burst: Burst<Event>): readonly Event[] {
  return Array.isArray(burst) ? burst : [burst as Event];
}

const BURSTS = Symbol("bursts");

type Reading<Event> = AsyncGenerator<Burst<Event>, void>;
type InBursts<Event> = AsyncGenerator<Event, void> & { [BURSTS](): Reading<Event> | undefined };

/** A generator of single events, from which `burstsOf` can get bursts instead, unless somebody reads it already. */
export function inBursts<Event extends object>(read: () => Reading<Event>): AsyncGenerator<Event, void> {
  let isRead = false;
  // Reading starts the run: a second reading would call the model a second time.
  const once = () => {
    if (isRead) return undefined;
    isRead = true;
    return read();
  };
  return Object.assign(oneByOne(once), { [BURSTS]: once });
}

/** The events of any iterable: in bursts if it was made by `inBursts`, else one by one. */
export function burstsOf<Event>(events: AsyncIterable<Event>): AsyncIterable<Burst<Event>> {
  const bursts = BURSTS in events ? (events as InBursts<Event>)[BURSTS]() : undefined;
  return bursts ?? events;
}

async function* oneByOne<Event extends object>(once: () => Reading<Event> | undefined): AsyncGenerator<Event, void> {
  const bursts = once();
  if (!bursts) return;
  for await (const burst of bursts) yield* eventsIn(burst);
}
