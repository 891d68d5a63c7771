/** A file that a message refers to. */
type Attachment = { id: string | null; address: string | null };

/** Whether the item may still change. Like all functions here it expects nothing of the other fields, which are saved as they are. */
export function isInProgress(item: unknown): boolean {
  return field(item, "status") === "in_progress";
}

/** The attachments of an item. The address of the preview is the only way that the API gives to the bytes. */
export function attachmentsOf(item: unknown): Attachment[] {
  const given = field(item, "attachments");
  if (!Array.isArray(given)) return [];
  return given
    .filter((attachment) => typeof attachment === "object" && attachment !== null)
    .map((attachment: unknown) => {
      const address = field(attachment, "preview_url");
      return { id: idOf(attachment) ?? null, address: typeof address === "string" && address !== "" ? address : null };
    });
}

/** The type of an item without the prefix that this API writes: `chatkit.user_message` is `user_message`. */
export function typeOf(item: unknown): string {
  const type = field(item, "type");
  return typeof type === "string" && type !== "" ? type.replace(/^chatkit\./, "") : "(no type)";
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The id of a thread, an item or an attachment; undefined when it has none. */
export function idOf(value: unknown): string | undefined {
  const id = field(value, "id");
  return typeof id === "string" && id !== "" ? id : undefined;
}

const LONGEST_ID = 512;

/** Whether the id can be part of a request's path, which not every text can. */
export function isAskable(id: string): boolean {
  return id.length <= LONGEST_ID && id.isWellFormed() && !/\p{Cc}|^\.{1,2}$/u.test(id);
}
