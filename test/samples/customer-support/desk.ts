import type { WidgetRoot } from "chatkit-server";
import { z } from "zod";

export type Segment = { flight: string; from: string; to: string; date: string; seat: string; status: string };
export type Profile = {
  name: string;
  tier: string;
  homeAirport: string;
  bags: number;
  meal?: string;
  segments: Segment[];
  timeline: string[];
};

/** The customer of each chat, as far as this process remembers. */
const profiles = new Map<string, Profile>();

export function profileOf(threadId: string): Profile {
  const known = profiles.get(threadId) ?? newProfile();
  profiles.set(threadId, known);
  return known;
}

function newProfile(): Profile {
  const segments = [{ flight: "BX12", from: "LIS", to: "OSL", date: "2027-03-01", seat: "9A", status: "scheduled" }];
  return { name: "Robin Vale", tier: "Silver", homeAirport: "LIS", bags: 0, segments, timeline: [] };
}

/** @throws Error that tells the model what is wrong */
export function changeSeat(profile: Profile, flight: string, seat: string): string {
  const segment = profile.segments.find((one) => one.flight === flight.toUpperCase());
  if (!segment) throw new Error(`${flight} is not one of the customer's flights.`);
  if (!/^\d+[A-K]$/.test(seat)) throw new Error("A seat is a row and a letter, such as 9A.");
  segment.seat = seat;
  profile.timeline.unshift(`Seat ${seat} on ${segment.flight}`);
  return `Seat ${seat} on ${segment.flight}.`;
}

export const search = z.object({ from: z.string(), to: z.string(), depart: z.string(), back: z.string() });
export type Search = z.infer<typeof search>;

const TIMES = { morning: "07:40", noon: "12:15", night: "21:30" };

export const pick = z.object({ id: z.enum(["morning", "noon", "night"]), leg: z.enum(["out", "back"]), search });
export type Pick = z.infer<typeof pick>;

/** Flights to choose from; once one is taken, that one alone, and nothing to click. */
export function flightList(wanted: Search, leg: Pick["leg"], taken?: Pick["id"]): WidgetRoot {
  const ids = (Object.keys(TIMES) as Pick["id"][]).filter((id) => taken === undefined || id === taken);
  return {
    type: "ListView",
    children: ids.map((id) => ({
      type: "ListViewItem",
      key: id,
      ...(taken === undefined && { onClickAction: { type: "flight.select", payload: { id, leg, search: wanted } } }),
      children: [
        { type: "Text", value: `${wanted.from} → ${wanted.to}, ${wanted.depart} ${TIMES[id]}` },
        ...(taken === undefined ? [] : [{ type: "Badge" as const, label: "Booked" }]),
      ],
    })),
  };
}

export function book(profile: Profile, { id, leg, search }: Pick): Segment {
  const segment = {
    flight: leg === "out" ? "BX40" : "BX41",
    from: search.from,
    to: search.to,
    date: search.depart,
    seat: "21C",
    status: "held",
  };
  profile.segments.push(segment);
  profile.timeline.unshift(`Held ${segment.flight} at ${TIMES[id]}`);
  return segment;
}

/** What the model is told of the customer, ahead of the conversation. */
export function describe({ name, tier, homeAirport, bags, meal, segments }: Profile): string {
  const flights = segments.map((one) => `- ${one.flight} ${one.from}-${one.to} ${one.date}, seat ${one.seat} (${one.status})`);
  const lines = [`${name}, ${tier}, flies from ${homeAirport}, ${bags} bags, meal: ${meal ?? "not chosen"}`, ...flights];
  return `<CUSTOMER_PROFILE>\n${lines.join("\n")}\n</CUSTOMER_PROFILE>`;
}
