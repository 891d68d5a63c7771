import type { Facts } from "../facts.ts";

/** Nothing is left of what was removed: it does not come back, no read finds it, and it takes no place. */
export function* removed(facts: Facts): Generator<string> {
  const { writes, requests, deletedAt, history } = facts;
  const removedAt = new Map<string, number>();
  for (const { at, method, itemId, isRefused, changes } of writes) {
    for (const { threadId, added, changed, isDeleted } of changes) {
      for (const { id } of [...added, ...changed]) if (removedAt.has(id)) yield `${id} was removed and came back at ${at} by ${method}`;
      if (deletedAt.get(threadId)! < at && !isDeleted) yield `${threadId} was deleted and came back at ${at} by ${method}`;
      for (const id of changes.flatMap((change) => change.removed)) removedAt.set(id, at);
    }
    if (method === "deleteThreadItem" && !isRefused && itemId !== undefined) removedAt.set(itemId, at);
  }
  for (const { request, wish, takenAt = 0, answer } of requests.values()) {
    if (!answer || !/^(items\.list|threads\.get_by_id)$/.test(wish.operation)) continue;
    const read = JSON.stringify(answer.json);
    for (const [id, at] of removedAt) if (at < takenAt && read.includes(`"${id}"`)) yield `request ${request} read ${id}, which was removed at ${at}`;
  }
  const left = history.of("final")[0]?.bytesLeft ?? 0;
  if (left !== 0) yield `${left} bytes more are stored than there is to read`;
}
