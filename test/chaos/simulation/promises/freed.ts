import type { Facts } from "../facts.ts";

/** Two leases after the last thing that went wrong, every thread takes a message. */
export function* freed({ history, requests, deletedAt }: Facts): Generator<string> {
  for (const { threadId, request } of history.of("probes")) {
    const { told, failed } = requests.get(request)!;
    const isTaken = told.some(({ event }) => event.type === "thread.item.done" && event.item.type === "user_message");
    if (!isTaken && !deletedAt.has(threadId)) yield `${threadId} took no message in the end: ${failed ?? JSON.stringify(told.at(-1)?.event)}`;
  }
  const stuck = history.of("final")[0]?.stuckRuns ?? 0;
  if (stuck > 0) yield `${stuck} runs were never closed`;
}
