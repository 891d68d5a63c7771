import { readLocales } from "./read-locales.ts" with { type: "macro" };

/** All languages but English, in one file that is fetched when one of them is wanted. */
export const LOCALES: Record<string, Record<string, string>> = readLocales();
