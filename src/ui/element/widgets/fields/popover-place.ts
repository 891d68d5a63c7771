export const SIDES = ["top", "bottom", "left", "right"] as const;
export const ALIGNMENTS = ["start", "center", "end"] as const;
type Side = (typeof SIDES)[number];
type Alignment = (typeof ALIGNMENTS)[number];

type Box = { left: number; top: number; width: number; height: number };

const GAP_PX = 6;
const MARGIN_PX = 8;

/** The position of a popover: on the wanted side of its control, on the other where there is no room, and never outside the window. */
export function placed(anchor: Box, size: { width: number; height: number }, window: { width: number; height: number }, side: Side, align: Alignment): { left: number; top: number } {
  const isUpright = side === "top" || side === "bottom";
  const [start, length, own, room] = isUpright ? [anchor.top, anchor.height, size.height, window.height] : [anchor.left, anchor.width, size.width, window.width];
  const [before, after] = [start - own - GAP_PX, start + length + GAP_PX];
  const wantsBefore = side === "top" || side === "left";
  const fitsBefore = before >= MARGIN_PX;
  const fitsAfter = after + own <= room - MARGIN_PX;
  const main = wantsBefore ? (fitsBefore || !fitsAfter ? before : after) : fitsAfter || !fitsBefore ? after : before;
  const cross = isUpright ? aligned(anchor.left, anchor.width, size.width, align) : aligned(anchor.top, anchor.height, size.height, align);
  const [left, top] = isUpright ? [cross, main] : [main, cross];
  return { left: within(left, size.width, window.width), top: within(top, size.height, window.height) };
}

function aligned(start: number, length: number, own: number, align: Alignment): number {
  if (align === "center") return start + (length - own) / 2;
  return align === "end" ? start + length - own : start;
}

function within(at: number, own: number, room: number): number {
  return Math.max(MARGIN_PX, Math.min(at, room - own - MARGIN_PX));
}
