import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATIENCE } from "../../src/transfer/hosted/clock.ts";
import { saveHosted, type SaveOptions } from "../../src/transfer/saving/save-hosted.ts";
import type { SavedReport } from "../../src/transfer/saved-report.ts";
import { HostedServer } from "./hosted-server.ts";
import { makeProject, type ProjectOptions } from "./project.ts";

/** Quick where only the order of things counts. */
export const QUICK = { ...PATIENCE, backoffMs: 2, stallMs: 200 };

/** A hosted project, a folder to save it into, and the saving. */
export class Saving {
  readonly place = mkdtempSync(join(tmpdir(), "chatkit-saved-"));
  readonly folder = join(this.place, "saved");
  readonly told: string[] = [];
  readonly stop = new AbortController();

  private constructor(readonly server: HostedServer) {}

  static async of(options: ProjectOptions): Promise<Saving> {
    const saving = new Saving(await new HostedServer().listen());
    saving.server.threads = makeProject(options);
    return saving;
  }

  save({ wanted, ...options }: Partial<SaveOptions> = {}): Promise<SavedReport> {
    return saveHosted({
      folder: this.folder,
      source: this.server.source,
      wanted: { user: undefined, sinceMs: undefined, ...wanted },
      signal: this.stop.signal,
      terminal: { write: (text) => this.told.push(text) },
      patience: QUICK,
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    rmSync(this.place, { recursive: true });
  }
}
