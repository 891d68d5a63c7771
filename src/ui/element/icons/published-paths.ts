import { lucideNamed } from "./lucide.ts";
import { LUCIDE_NAMES } from "./published-names.ts";

/** Published name → the `d` of its path. For use as a macro. */
export function publishedPaths(): Record<string, string> {
  const paths = lucideNamed(Object.values(LUCIDE_NAMES));
  return Object.fromEntries(Object.entries(LUCIDE_NAMES).map(([name, lucide]) => [name, paths[lucide]!]));
}
