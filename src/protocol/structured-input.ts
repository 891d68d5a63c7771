import { z } from "zod";
import { maybe } from "./maybe.ts";

const structuredInputAnswer = z.object({
  values: z.array(z.string()).default([]),
  skipped: z.boolean().default(false),
});
const base = { id: z.string(), question: z.string(), answer: maybe(structuredInputAnswer) };
const multipleChoice = z.object({
  type: z.literal("multiple_choice"),
  ...base,
  options: z.array(z.object({ value: z.string() })),
  multiple: z.boolean().default(false),
});
const freeform = z.object({ type: z.literal("freeform"), ...base, description: maybe(z.string()) });
export const structuredInput = z.discriminatedUnion("type", [multipleChoice, freeform]);
/** What the client sends: answers by the id of the question. */
export const structuredInputSubmission = z.object({
  status: z.enum(["answered", "skipped"]).default("answered"),
  answers: z.record(z.string(), structuredInputAnswer.extend({ skipped: z.union([z.boolean(), z.stringbool()]).default(false) })).default({}),
});

export type StructuredInputAnswer = z.infer<typeof structuredInputAnswer>;
export type StructuredInput = z.infer<typeof structuredInput>;
export type StructuredInputSubmission = z.infer<typeof structuredInputSubmission>;
