import { objectOf } from "./node.ts";

type Tokens = Record<string, string>;

export const TEXT_COLOURS: Tokens = {
  prose: "var(--foreground)",
  primary: "var(--foreground)",
  emphasis: "var(--foreground)",
  secondary: "var(--muted)",
  tertiary: "var(--faint)",
  success: "var(--success)",
  warning: "var(--warning)",
  danger: "var(--danger)",
  info: "var(--info)",
};
export const SURFACES: Tokens = {
  surface: "var(--background)",
  "surface-secondary": "color-mix(in oklab, var(--foreground) 4.5%, var(--background))",
  "surface-tertiary": "color-mix(in oklab, var(--foreground) 9%, var(--background))",
  "surface-elevated": "var(--raised)",
  "surface-elevated-secondary": "color-mix(in oklab, var(--foreground) 6%, var(--raised))",
};
export const LINES: Tokens = {
  default: "var(--line)",
  subtle: "color-mix(in oklab, var(--foreground) 6%, transparent)",
  strong: "var(--line-strong)",
};
/** In the order in which the series of a chart get them. */
export const SERIES: Tokens = {
  blue: "light-dark(#2b7fff, #5c9dff)",
  purple: "light-dark(#8a5cf5, #a98bff)",
  orange: "light-dark(#f0732c, #ff9352)",
  green: "light-dark(#10a372, #36c793)",
  red: "light-dark(#e5484d, #ff6a6e)",
  yellow: "light-dark(#d9a400, #f2c744)",
  pink: "light-dark(#e0478f, #ff74b1)",
};

/** For names such as `red-100`: the hue, and the highest chroma of its steps. */
const PRIMITIVES: Record<string, readonly [hue: number, chroma: number]> = {
  gray: [260, 0],
  red: [25, 0.21],
  orange: [50, 0.19],
  amber: [70, 0.17],
  yellow: [88, 0.16],
  lime: [125, 0.18],
  green: [152, 0.16],
  teal: [185, 0.12],
  cyan: [210, 0.13],
  blue: [256, 0.2],
  indigo: [275, 0.2],
  violet: [290, 0.22],
  purple: [305, 0.22],
  pink: [355, 0.2],
};
/** Step → lightness, and the share of that chroma. */
const STEPS: Record<string, readonly [lightness: number, share: number]> = {
  25: [0.99, 0.05],
  50: [0.975, 0.1],
  75: [0.96, 0.15],
  100: [0.94, 0.22],
  200: [0.89, 0.38],
  300: [0.82, 0.58],
  400: [0.73, 0.85],
  500: [0.65, 1],
  600: [0.57, 1],
  700: [0.49, 0.9],
  800: [0.42, 0.75],
  900: [0.34, 0.58],
  950: [0.27, 0.42],
  1000: [0.2, 0.3],
};
const COLOUR = /^(#[\da-f]{3,8}|[a-z]{3,24}|(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix)\([\w\s.,%/#+()-]{1,120}\))$/i;
const GRADIENT = /^(repeating-)?(linear|radial|conic)-gradient\([\w\s.,%/#+()-]{1,400}\)$/i;
/** Functions that could fetch something, or read a value of the page. */
const FORBIDDEN = /url|image|src|element|cross-fade|paint|var|env|attr/i;

/** A token of the table, a step of a palette, a CSS colour, or `{ light, dark }` with one of these each. Undefined for anything else. */
export function colour(value: unknown, tokens: Tokens): string | undefined {
  const themed = objectOf(value);
  if (themed) {
    const [light, dark] = [colour(themed["light"], tokens), colour(themed["dark"], tokens)];
    return light && dark ? `light-dark(${light}, ${dark})` : (light ?? dark);
  }
  if (typeof value !== "string") return undefined;
  if (Object.hasOwn(tokens, value)) return tokens[value];
  return primitive(value) ?? (COLOUR.test(value) && !FORBIDDEN.test(value) ? value : undefined);
}

/** A background: a colour, or a gradient. */
export function background(value: unknown): Record<string, string | undefined> {
  const themed = objectOf(value);
  if (!themed || !isGradient(themed["light"]) || !isGradient(themed["dark"])) {
    return isGradient(value) ? { "background-image": value } : { "background-color": colour(value, SURFACES) };
  }
  // An element's own style cannot choose a picture by theme. The style sheet does, by these properties.
  return { "--image-light": themed["light"], "--image-dark": themed["dark"] };
}

function isGradient(value: unknown): value is string {
  return typeof value === "string" && GRADIENT.test(value) && !FORBIDDEN.test(value);
}

function primitive(value: string): string | undefined {
  if (value === "white" || value === "black") return value;
  const [name = "", step = ""] = value.split("-");
  if (!Object.hasOwn(PRIMITIVES, name) || !Object.hasOwn(STEPS, step)) return undefined;
  const [hue, chroma] = PRIMITIVES[name]!;
  const [lightness, share] = STEPS[step]!;
  return `oklch(${lightness} ${Number((chroma * share).toFixed(3))} ${hue})`;
}
