import type { Entity } from "@openai/chatkit";

type Draft = { text: string; tags: [string, Entity][] };

/** What was typed and not sent, by thread, over reloads. Where the browser keeps nothing, as in a private window, it is gone with the page. */
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
      // Nothing is kept here.
    }
  }

  #key(threadId: string | undefined): string {
    return `chatkit.draft ${this.url} ${threadId ?? "new"}`;
  }
}
