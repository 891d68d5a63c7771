import type { Entity } from "@openai/chatkit";

type Draft = { text: string; tags: [string, Entity][] };

/**
 * Unsent text by thread, kept over reloads, and the message that the server has not confirmed yet, kept over those of this tab: then it is a
 * draft again. Where the browser has no storage, as in some private windows, both are lost with the page.
 */
export class Drafts {
  constructor(private readonly url: string) {
    quietly(() => this.#recover());
  }

  read(threadId: string | undefined): Draft | undefined {
    return quietly(() => {
      const stored = localStorage.getItem(this.#key(threadId));
      return stored === null ? undefined : (JSON.parse(stored) as Draft);
    });
  }

  write(threadId: string | undefined, draft: Draft): void {
    quietly(() => {
      if (draft.text === "") localStorage.removeItem(this.#key(threadId));
      else localStorage.setItem(this.#key(threadId), JSON.stringify(draft));
    });
  }

  /** Call when a message leaves the composer. */
  sent(threadId: string | undefined, draft: Draft): void {
    quietly(() => sessionStorage.setItem(this.#sentKey, JSON.stringify({ threadId, draft })));
  }

  /** Call when the server has that message, or the composer has it again. */
  received(): void {
    quietly(() => sessionStorage.removeItem(this.#sentKey));
  }

  #recover(): void {
    const stored = sessionStorage.getItem(this.#sentKey);
    if (stored === null) return;
    const { threadId, draft } = JSON.parse(stored) as { threadId?: string; draft: Draft };
    if (this.read(threadId) === undefined) this.write(threadId, draft);
    sessionStorage.removeItem(this.#sentKey);
  }

  #key(threadId: string | undefined): string {
    return `chatkit.draft ${this.url} ${threadId ?? "new"}`;
  }

  get #sentKey(): string {
    return `chatkit.sent ${this.url}`;
  }
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
