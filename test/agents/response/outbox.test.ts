import { describe, expect, test } from "bun:test";
import { Outbox } from "../../../src/agents/response/outbox.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";

type Update = Extract<ThreadStreamEvent, { type: "thread.item.updated" }>["update"];
const updated = (update: Update, item_id = "i"): ThreadStreamEvent => ({ type: "thread.item.updated", item_id, update });
const delta = (text: string, part = 0) => updated({ type: "assistant_message.content_part.text_delta", content_index: part, delta: text });
const thought = (content: string) =>
  updated({ type: "workflow.task.updated", task_index: 0, task: { type: "thought", status_indicator: "none", content } });
const note: ThreadStreamEvent = { type: "progress_update", text: "note" };

/** An outbox nobody has read from for long. */
function neglected(): Outbox {
  const outbox = new Outbox();
  for (let i = 0; i < 2_000; i++) outbox.push(note);
  return outbox;
}

describe("an outbox", () => {
  test("gives what it was given, as long as it is read", async () => {
    const outbox = new Outbox();
    for (const text of ["a", "b", "c"]) outbox.push(delta(text));
    expect(outbox.take()).toEqual([delta("a"), delta("b"), delta("c")]);
    outbox.close({});
    expect(await outbox.more()).toBe(false);
  });

  test("gives a reader that waits what one turn of the loop brings, and no more than is worth taking at once", async () => {
    const outbox = new Outbox();
    const waiting = outbox.more();
    for (const text of ["a", "b"]) {
      outbox.push(delta(text));
      await Promise.resolve();
    }
    expect(await waiting).toBe(true);
    expect(outbox.take()).toEqual([delta("a"), delta("b")]);
    const flooded = outbox.more();
    let isTold = false;
    void flooded.then(() => (isTold = true));
    for (let i = 0; i < 100 && !isTold; i++) {
      outbox.push(note);
      await Promise.resolve();
    }
    expect(isTold).toBe(true);
    expect(outbox.take().length).toBeLessThan(100);
  });

  test("joins deltas of one part behind a backlog, and never those of two", () => {
    const outbox = neglected();
    for (const event of [delta("a"), delta("b"), delta("c", 1), delta("d", 1), delta("e")]) outbox.push(event);
    expect(outbox.take().slice(2_000)).toEqual([delta("ab"), delta("cd", 1), delta("e")]);
  });

  test("keeps only the newest of what is sent whole each time", () => {
    const outbox = neglected();
    for (const text of ["a", "ab", "abc"]) outbox.push(thought(text));
    outbox.push(note);
    expect(outbox.take().slice(2_000)).toEqual([thought("abc"), note]);
  });

  test("wakes its reader for an event, and throws its error only behind the last one", async () => {
    const outbox = new Outbox();
    const waiting = outbox.more();
    outbox.push(note);
    outbox.close({ error: new Error("lost") });
    expect(await waiting).toBe(true);
    expect(outbox.take()).toEqual([note]);
    await expect(outbox.more()).rejects.toThrow("lost");
  });
});
