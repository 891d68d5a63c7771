import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { counted } from "../saved/finish.ts";
import { attachmentPath, savedPaths, type SavedPaths } from "../saved/folder.ts";
import { Ledger } from "../saved/ledger.ts";
import { LISTS, LIST_NAMES, type ListName } from "../saved/lists.ts";
import { readManifest, type Manifest } from "../saved/manifest.ts";
import { missing } from "../saved/missing.ts";
import { fileHash, readContent } from "../saved/read-content.ts";
import { surveyItems } from "../saved/survey-items.ts";
import { TOLD_MISSING, type CheckReport } from "../saved-report.ts";
import { asDiskError, TransferError } from "../transfer-error.ts";

const UNFINISHED = "manifest.json is missing: an import was cut off, or is at work; run it again to go on";
/** How many problems are reported: more would not tell more. */
const MOST_PROBLEMS = 100;

/**
 * Checks a saved folder without a network: its files against the manifest, items and threads against what was noted when they were
 * served, attachments against their hashes.
 * @throws TransferError when it is not such a folder, or an import is running in it
 */
export async function checkSaved(folder: string): Promise<CheckReport> {
  const paths = savedPaths(folder);
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (thrown) {
    throw asDiskError(thrown, folder, true);
  }
  if (!existsSync(paths.ledger) && !existsSync(paths.manifest)) throw new TransferError(`${folder} holds no saved project`, true);
  try {
    return await new Check(paths).report();
  } catch (thrown) {
    throw asDiskError(thrown, folder);
  }
}

class Check {
  readonly #problems: string[] = [];

  constructor(private readonly paths: SavedPaths) {}

  async report(): Promise<CheckReport> {
    const { folder } = this.paths;
    const manifest = this.#manifest();
    const ledger = manifest && this.#ledger();
    if (!manifest || !ledger) return { folder, missing: [], problems: this.#problems };
    try {
      await this.#compare(manifest, ledger);
      return { folder, manifest, missing: [...missing(ledger).take(TOLD_MISSING)], problems: this.#problems };
    } finally {
      ledger.close();
    }
  }

  #tell(problem: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }

  /** Looked at first: of a folder that is being written, or was left half-written, nothing else is asked. */
  #manifest(): Manifest | undefined {
    if (!existsSync(this.paths.manifest)) return void this.#tell(UNFINISHED);
    const manifest = readManifest(this.paths);
    if (!manifest) this.#tell("manifest.json is not what was written");
    return manifest;
  }

  #ledger(): Ledger | undefined {
    if (!existsSync(this.paths.ledger)) return void this.#tell("ledger.sqlite is missing");
    try {
      return Ledger.read(this.paths.ledger, this.paths.folder);
    } catch (thrown) {
      if (!(thrown instanceof TransferError && thrown.isMisuse)) throw thrown;
      this.#tell(thrown.message);
      return undefined;
    }
  }

  async #compare(manifest: Manifest, ledger: Ledger): Promise<void> {
    const byType = await this.#items(manifest, ledger);
    for (const name of LIST_NAMES) await this.#list(name, manifest, ledger);
    await this.#attachments(ledger);
    const { files } = manifest;
    const lacking = files["missing.jsonl"].lines;
    const counts = { ...counted(ledger), items: files["items.jsonl"].lines, missing: lacking, complete: lacking === 0 };
    for (const [name, count] of Object.entries({ ...counts, ...(byType && { items_by_type: byType }) })) {
      if (!Bun.deepEquals(count, manifest[name as keyof Manifest])) this.#tell(`manifest.json has a wrong ${name}`);
    }
  }

  async #items(manifest: Manifest, ledger: Ledger): Promise<Record<string, number> | undefined> {
    const { items } = this.paths;
    if (!existsSync(items)) return void this.#tell("items.jsonl is missing");
    const onDamage = (thread: string) => this.#tell(`items.jsonl: the items of ${thread} are not what was saved`);
    const { content, byType } = await surveyItems(items, ledger, onDamage);
    const isWhole = statSync(items).size === content.bytes && Bun.deepEquals(content, manifest.files["items.jsonl"]);
    if (!isWhole) this.#tell("items.jsonl is not the file that manifest.json names");
    return byType;
  }

  async #list(name: ListName, manifest: Manifest, ledger: Ledger): Promise<void> {
    const path = join(this.paths.folder, name);
    if (!existsSync(path)) return this.#tell(`${name} is missing`);
    const expected: Iterator<Uint8Array | string> = LISTS[name](ledger);
    let number = 0;
    const content = await readContent(path, (line) => {
      number++;
      const next = expected.next();
      if (next.done || !line.equals(Buffer.from(next.value as string))) this.#tell(`${name}, line ${number}, is not what was saved`);
    });
    if (!expected.next().done) this.#tell(`${name} ends early`);
    expected.return?.();
    if (!Bun.deepEquals(content, manifest.files[name])) this.#tell(`${name} is not the file that manifest.json names`);
  }

  async #attachments(ledger: Ledger): Promise<void> {
    const sql = "select min(id) as id, sha256 from attachments where state = 'saved' group by sha256";
    for (const { id, sha256 } of ledger.each<{ id: string; sha256: string }>(sql)) {
      const { file } = attachmentPath(this.paths, sha256);
      if (!existsSync(file)) this.#tell(`attachment ${id} is missing`);
      else if ((await fileHash(file)) !== sha256) this.#tell(`attachment ${id} is not what was saved`);
    }
  }
}
