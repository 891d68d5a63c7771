import { z } from "zod";
import data from "./map.json" with { type: "json" };

const station = z.object({
  id: z.string(),
  name: z.string(),
  x: z.number(),
  y: z.number(),
  description: z.string(),
  lines: z.array(z.string()),
});
const line = z.object({
  id: z.string(),
  name: z.string(),
  orientation: z.enum(["horizontal", "vertical"]),
  stations: z.array(z.string()).min(1),
});

export const metroMap = z.object({ id: z.string(), stations: z.array(station), lines: z.array(line) });

export type MetroMap = z.infer<typeof metroMap>;
export type Station = z.infer<typeof station>;

/** One map per user, as far as this process remembers. */
const maps = new Map<string, MetroMap>();

export function mapOf(userId: string): MetroMap {
  const known = maps.get(userId) ?? metroMap.parse(structuredClone(data));
  maps.set(userId, known);
  return known;
}

export function saveMap(userId: string, map: MetroMap): void {
  maps.set(userId, map);
}

/** A new station at either end of a line, one step on. @throws Error when there is no such line */
export function addStation(map: MetroMap, name: string, lineId: string, atEnd: boolean): Station {
  const line = map.lines.find(({ id }) => id === lineId);
  const next = map.stations.find(({ id }) => id === (atEnd ? line?.stations.at(-1) : line?.stations[0]));
  if (!line || !next) throw new Error(`There is no line ${lineId}.`);
  const step = atEnd ? 1 : -1;
  const place = line.orientation === "horizontal" ? { x: next.x + step, y: next.y } : { x: next.x, y: next.y + step };
  const added = { id: `station-${map.stations.length + 1}`, name, description: "Newly built.", lines: [line.id], ...place };
  map.stations.push(added);
  if (atEnd) line.stations.push(added.id);
  else line.stations.unshift(added.id);
  return added;
}
