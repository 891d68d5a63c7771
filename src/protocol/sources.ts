import { z } from "zod";
import { maybe, record } from "./maybe.ts";

const base = {
  title: z.string(),
  description: maybe(z.string()),
  timestamp: maybe(z.string()),
  group: maybe(z.string()),
};

export const fileSource = z.object({ type: z.literal("file"), ...base, filename: z.string() });
export const urlSource = z.object({ type: z.literal("url"), ...base, url: z.string(), attribution: maybe(z.string()) });
const entitySource = z.object({
  type: z.literal("entity"),
  ...base,
  id: z.string(),
  // Any text, as for the client's own entities: a client of tomorrow has more icons.
  icon: maybe(z.string()),
  label: maybe(z.string()),
  inline_label: maybe(z.string()),
  interactive: z.boolean().default(false),
  data: record.default({}),
  preview: maybe(z.literal("lazy")),
});

const source = z.discriminatedUnion("type", [urlSource, fileSource, entitySource]);
export const annotation = z.object({ type: z.literal("annotation").default("annotation"), source, index: maybe(z.int()) });

export type FileSource = z.infer<typeof fileSource>;
export type URLSource = z.infer<typeof urlSource>;
export type EntitySource = z.infer<typeof entitySource>;
export type Source = z.infer<typeof source>;
export type Annotation = z.infer<typeof annotation>;
