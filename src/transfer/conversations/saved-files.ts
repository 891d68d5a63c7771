import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Attachment } from "../../protocol/attachments.ts";
import { field, idOf } from "../item-facts.ts";
import { savedLines } from "./saved-lines.ts";

/** @returns the attachment as it is with these bytes; undefined when they are not what it is said to be */
export type KeepFile = (userId: string, attachment: Attachment, saved: SavedFile) => Promise<Attachment | undefined>;
/** The bytes of an attachment, as far as the source had them. */
type SavedFile = { path: string; sha256: string };

/** Where the saving puts files, and nothing else that a line of attachments.jsonl may name. */
const PLACE = /^attachments\/[0-9a-f]{2}\/[0-9a-f]{62}$/;

/** The files of a saved folder, on their way to the attachments that they belong to. */
export class SavedFiles {
  /** Those that came, those that are not what they should be, and those for which there is no place. */
  readonly counts = { taken: 0, damaged: 0, noPlace: 0 };

  private constructor(
    private readonly byId: ReadonlyMap<string, SavedFile>,
    private readonly keepFile: KeepFile | undefined,
  ) {}

  static async of(folder: string, keepFile: KeepFile | undefined): Promise<SavedFiles> {
    const byId = new Map<string, SavedFile>();
    for await (const line of savedLines(folder, "attachments.jsonl")) {
      const [id, place, sha256] = [idOf(line), field(line, "file"), field(line, "sha256")];
      if (id !== undefined && typeof place === "string" && PLACE.test(place)) byId.set(id, { path: join(folder, place), sha256: String(sha256) });
    }
    return new SavedFiles(byId, keepFile);
  }

  /** The attachment with its bytes, if they can be had. */
  async with(attachment: Attachment, userId: string): Promise<Attachment> {
    const saved = this.byId.get(attachment.id);
    if (!saved) return attachment;
    const kept = existsSync(saved.path) ? await this.keepFile?.(userId, attachment, saved) : undefined;
    this.counts[kept ? "taken" : this.keepFile ? "damaged" : "noPlace"]++;
    return kept ?? attachment;
  }
}
