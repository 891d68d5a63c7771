import { AgentContext, type RequestContext, type ThreadMetadata } from "chatkit-server";
import { z } from "zod";

const journey = z.object({
  passenger: z.string().optional(),
  confirmation: z.string().optional(),
  flight: z.string().optional(),
  seat: z.string().optional(),
  vouchers: z.array(z.string()).default([]),
  /** Not for the page. */
  caseId: z.string().optional(),
});

export type Journey = z.infer<typeof journey>;

const checks = z.array(z.object({ name: z.string(), passed: z.boolean(), reasoning: z.string() }));
const events = z.array(z.object({ type: z.string(), agent: z.string(), content: z.string() }));

/** What the desk remembers of a chat, in the thread's metadata. */
const desk = z.object({
  agent: z.string().default("Triage Agent"),
  journey: journey.default({ vouchers: [] }),
  guardrails: checks.default([]),
  events: events.default([]),
});

export type Desk = z.infer<typeof desk>;
export type DeskEvent = Desk["events"][number];

export function deskOf(thread: ThreadMetadata): Desk {
  return desk.parse(thread.metadata["desk"] ?? {});
}

/** What tools and guardrails find by `agentContext(run)`: the chat, and the desk that works on it. */
export class DeskContext extends AgentContext<RequestContext> {
  readonly desk: Desk = deskOf(this.thread);

  /** Writes the desk down; the server stores the thread with it. */
  save(): void {
    this.thread.metadata["desk"] = structuredClone(this.desk);
  }
}

/** What the panel beside the chat may know. */
export function publicDesk({ agent, journey, guardrails, events }: Desk) {
  const { caseId: _, vouchers, ...rest } = journey;
  return { agent, context: { ...rest, ...(vouchers.length > 0 && { vouchers }) }, guardrails, events };
}
