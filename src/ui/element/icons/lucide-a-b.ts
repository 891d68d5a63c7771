import { lucideOf } from "./lucide.ts" with { type: "macro" };

export const icons: Record<string, string> = lucideOf("ab");
