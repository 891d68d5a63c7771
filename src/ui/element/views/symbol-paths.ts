import { lucideNamed } from "../icons/lucide.ts";

/** The element's own buttons, each by the name that Lucide has for such a picture. */
const NAMES = {
  send: "arrow-up",
  attach: "paperclip",
  mention: "at-sign",
  dictate: "mic",
  tools: "settings-2",
  close: "x",
  copy: "copy",
  check: "check",
  good: "thumbs-up",
  bad: "thumbs-down",
  retry: "rotate-ccw",
  down: "arrow-down",
  open: "chevron-down",
  history: "history",
  new: "square-pen",
  search: "search",
  more: "ellipsis",
  rename: "pencil",
  delete: "trash-2",
  file: "file-text",
  globe: "globe",
  image: "image",
  thought: "lightbulb",
  warning: "triangle-alert",
  info: "info",
  quote: "reply",
  link: "arrow-up-right",
  lock: "lock",
} as const;

/** Name → the `d` of its path. For use as a macro. */
export function symbolPaths(): Record<keyof typeof NAMES, string> {
  const paths = lucideNamed(Object.values(NAMES));
  const entries = Object.entries(NAMES).map(([name, lucide]) => [name, paths[lucide]!]);
  return Object.fromEntries(entries) as Record<keyof typeof NAMES, string>;
}
