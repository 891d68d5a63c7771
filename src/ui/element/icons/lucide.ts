import lucide from "@iconify-json/lucide/icons.json";

type Attributes = Record<string, string>;

/** The icons of that set whose names begin with one of the letters: name → the `d` of one path in a square of 24. For use as a macro. */
export function lucideOf(letters: string): Record<string, string> {
  const names = [...Object.keys(lucide.icons), ...Object.keys(lucide.aliases)];
  return lucideNamed(names.filter((name) => letters.includes(name[0]!)));
}

/** The same for a list of names. A name that is not there fails the build. */
export function lucideNamed(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, pathOf(bodyOf(name))]));
}

function bodyOf(name: string): string {
  const parent = (lucide.aliases as Record<string, { parent: string }>)[name]?.parent;
  const icon = (lucide.icons as Record<string, { body: string }>)[parent ?? name];
  if (!icon) throw new Error(`no icon ${name}`);
  return icon.body;
}

/** Every shape is stroked in the same way, so that one path can draw them all. */
function pathOf(body: string): string {
  const shapes = [...body.matchAll(/<(path|circle|ellipse|rect) ([^>]*)>/g)];
  return shapes.map(([, tag, rest]) => OUTLINES[tag!]!(attributesOf(rest!))).join("");
}

const OUTLINES: Record<string, (a: Attributes) => string> = {
  // A relative move at the start of a path counts from the origin; joined behind another path it would not, so it is made absolute.
  path: ({ d }) => d!.replace(/^m/, "M"),
  circle: ({ cx, cy, r }) => ellipse(Number(cx), Number(cy), Number(r), Number(r)),
  ellipse: ({ cx, cy, rx, ry }) => ellipse(Number(cx), Number(cy), Number(rx), Number(ry)),
  rect: (a) => rectangle(Number(a["x"]), Number(a["y"]), Number(a["width"]), Number(a["height"]), Number(a["rx"] ?? 0)),
};

function ellipse(x: number, y: number, rx: number, ry: number): string {
  return `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}

function rectangle(x: number, y: number, width: number, height: number, radius: number): string {
  const [across, down] = [width - 2 * radius, height - 2 * radius];
  const corner = (toX: number, toY: number) => `a${radius} ${radius} 0 0 1 ${toX} ${toY}`;
  return `M${x + radius} ${y}h${across}${corner(radius, radius)}v${down}${corner(-radius, radius)}h${-across}${corner(-radius, -radius)}v${-down}${corner(radius, -radius)}`;
}

function attributesOf(text: string): Attributes {
  return Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}
