import { z } from "zod";

/** The published icon names, as in the ChatKit Python SDK 1.6. Names that begin with `vendor:` or `lucide:` are valid, too. */
const PUBLISHED = [
  "agent", "analytics", "atom", "batch", "bolt", "book-open", "book-closed", "book-clock", "bug", "calendar", "chart",
  "check", "check-circle", "check-circle-filled", "chevron-left", "chevron-right", "circle-question", "clock", "compass",
  "confetti", "cube", "desktop", "document", "dot", "dots-horizontal", "dots-vertical", "empty-circle", "external-link",
  "globe", "keys", "lab", "images", "info", "lifesaver", "lightbulb", "mail", "map-pin", "maps", "mobile", "name",
  "notebook", "notebook-pencil", "page-blank", "phone", "play", "plus", "profile", "profile-card", "reload", "star",
  "star-filled", "search", "sparkle", "sparkle-double", "square-code", "square-image", "square-text", "suitcase",
  "settings-slider", "user", "wreath", "write", "write-alt", "write-alt2",
] as const;

export const iconName = z.union([
  z.enum(PUBLISHED),
  z.templateLiteral(["vendor:", z.string()]),
  z.templateLiteral(["lucide:", z.string()]),
]);
export type IconName = z.infer<typeof iconName>;
