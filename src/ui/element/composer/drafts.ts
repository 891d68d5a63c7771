import type { Entity } from "@openai/chatkit";

type Draft = { text: string; tags: [string, Entity][] };

/** Unsent text by thread, kept over reloads. Where the browser has no storage, as in some private windows, it is lost with the page. */
export class Drafts {
  constructor(private readonly url: string) {}

  read(threadId: string | undefined): Draft | undefined {
    try {
      const stored = localStorage.getItem(this.#key(threadId));
      return stored === null ? undefined : (JSON.parse(stored) as Draft);
    } catch {
      return undefined;
    }
  }

  write(threadId: string | undefined, draft: Draft): void {
    try {
      if (draft.text === "") localStorage.removeItem(this.#key(threadId));
      else localStorage.setItem(this.#key(threadId), JSON.stringify(draft));
    } catch {
      // This browser stores nothing.
    }
  }

  #key(threadId: string | undefined): string {
    return `chatkit.draft ${this.url} ${threadId ?? "new"}`;
  }
}
