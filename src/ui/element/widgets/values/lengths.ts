import { objectOf } from "./node.ts";

/** In px: a greater length would only push what is around it out of sight. */
const MOST = 4000;
const SPACE_PX = 4;
/** Numbers, units, keywords and arithmetic: what a length may be made of. */
const LENGTH = /^[\w.%+*/() ,-]{1,64}$/;
const FUNCTIONS = new Set(["", "calc", "min", "max", "clamp", "fit-content"]);

function isLength(value: unknown): value is string {
  return typeof value === "string" && LENGTH.test(value) && [...value.matchAll(/([\w-]*)\(/g)].every(([, name]) => FUNCTIONS.has(name!.toLowerCase()));
}

/** A number of px, or a CSS length. Undefined for anything else. */
export function length(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? `${Math.max(-MOST, Math.min(MOST, value))}px` : undefined;
  if (!isLength(value)) return undefined;
  const pixels = /^(-?[\d.]+)px$/.exec(value.trim());
  return pixels ? length(Number(pixels[1])) : value;
}

/** A number of units of 4 px, or a CSS length. */
export function space(value: unknown): string | undefined {
  return length(typeof value === "number" ? value * SPACE_PX : value);
}

/** Spaces on the four sides, as properties that begin with `name`. `left` is where lines begin: on the right in a right-to-left text. */
export function sides(name: "padding" | "margin", value: unknown): Record<string, string | undefined> {
  const each = objectOf(value);
  if (!each) return { [name]: space(value) };
  return {
    [`${name}-block-start`]: space(each["top"] ?? each["y"]),
    [`${name}-block-end`]: space(each["bottom"] ?? each["y"]),
    [`${name}-inline-start`]: space(each["left"] ?? each["x"]),
    [`${name}-inline-end`]: space(each["right"] ?? each["x"]),
  };
}

const RADII: Record<string, string> = {
  none: "0",
  "2xs": "2px",
  xs: "4px",
  sm: "6px",
  md: "8px",
  lg: "10px",
  xl: "12px",
  "2xl": "16px",
  "3xl": "20px",
  "4xl": "24px",
  full: "9999px",
  "100%": "100%",
};

export function radius(value: unknown): string | undefined {
  return typeof value === "string" && Object.hasOwn(RADII, value) ? RADII[value] : undefined;
}

/** A ratio such as `16/9`, or a number. */
export function ratio(value: unknown): string | undefined {
  if (typeof value === "number") return value > 0 && Number.isFinite(value) ? String(value) : undefined;
  return typeof value === "string" && /^\s*\d+(\.\d+)?\s*([/:]\s*\d+(\.\d+)?\s*)?$/.test(value) ? value.replace(":", "/") : undefined;
}

/** A share of the space that is left, or a CSS length. */
export function flex(value: unknown): string | undefined {
  if (typeof value === "number") return value >= 0 && Number.isFinite(value) ? `${value} ${value} 0%` : undefined;
  return isLength(value) ? value : undefined;
}
