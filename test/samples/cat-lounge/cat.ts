import type { ThreadMetadata } from "chatkit-server";
import { z } from "zod";

const cat = z.object({
  name: z.string().nullable().default(null),
  energy: z.number().default(6),
  happiness: z.number().default(6),
  cleanliness: z.number().default(6),
  age: z.number().default(2),
  /** A surprise, until the cat has a name. */
  coat: z.string().nullable().default(null),
});

export type Cat = z.infer<typeof cat>;

/** The cat of a chat; it lives in the thread's metadata, which no client ever sees. */
export function catOf(thread: ThreadMetadata): Cat {
  return cat.parse(thread.metadata["cat"] ?? {});
}

const level = (value: number) => Math.min(10, Math.max(0, value));

/** Changes the cat; the server stores the thread with it. */
export function changeCat(thread: ThreadMetadata, change: (before: Cat) => Partial<Cat>): Cat {
  const before = catOf(thread);
  const { energy, happiness, cleanliness, ...rest } = { ...before, ...change(before) };
  const after = { ...rest, energy: level(energy), happiness: level(happiness), cleanliness: level(cleanliness) };
  thread.metadata["cat"] = after;
  return after;
}

const COATS = ["ginger", "tuxedo", "tortoiseshell"];

/** A name is for good, and it settles the coat. */
export function nameCat(thread: ThreadMetadata, name: string): Cat {
  thread.title = `${name}'s lounge`;
  return changeCat(thread, () => ({ name, coat: COATS[name.length % COATS.length]! }));
}
