import { publishedPaths } from "./published-paths.ts" with { type: "macro" };

const outlined: Record<string, string> = publishedPaths();

export const icons: Record<string, string> = {
  ...outlined,
  // These three are filled; Lucide has no filled icons.
  "check-circle-filled": "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zm4.7 8.2l-5.5 5.5a1 1 0 0 1-1.4 0l-2.5-2.5a1 1 0 0 1 1.4-1.4l1.8 1.8l4.8-4.8a1 1 0 0 1 1.4 1.4z",
  "star-filled": outlined["star"]!,
  dot: "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
};
