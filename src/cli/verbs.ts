import type { AgentModel } from "../agents/loading/agent-models.ts";
import type { Prepared } from "../agents/starter/init-template.ts";
import type { Recipe } from "../agents/starter/recipes.ts";
import type { Loaded } from "../config/loaded.ts";
import type { ThreadItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { SchemaVersion } from "../store/migrate.ts";
import type { Counts } from "../transfer/conversations/import.ts";
import type { HostedReport } from "../transfer/conversations/import-hosted.ts";
import type { PythonReport } from "../transfer/python/import-python.ts";
import type { SaveOptions } from "../transfer/saving/save-hosted.ts";
import type { CheckReport, SavedReport } from "../transfer/saved-report.ts";

/** Where a verb writes. `out` returns false when the line could not be written. */
export type Output = { out(line: string): unknown; err(line: string): unknown };

/** What would be served: in one line, and the model of each agent. */
export type CheckedAgent = { describe: string; models: AgentModel[]; warnings: string[] };

/** Which conversations of a hosted project to save, and the folder to save them in. */
export type SaveRequest = Pick<SaveOptions, "folder" | "source" | "wanted">;

/** What to export, and where to; without `output` to standard output. */
export type ExportRequest = { userId?: string; since?: number; feedbackOnly?: boolean; output?: string; files?: string };

/** A copy of the database; `files` is the copy of the folder of files, empty when there are none, undefined when they are in no folder. */
export type Backup = { file: string; files: string | undefined };

type Conversations = {
  /** Writes lines of JSON to a file or to standard output. @throws TransferError */
  exportConversations(loaded: Loaded, wanted: ExportRequest): Promise<void>;
  /** @throws TransferError */
  importConversations(loaded: Loaded, file: string, files?: string): Promise<Counts>;
  /** Takes a folder that `import openai --raw` has saved. @throws TransferError */
  importSaved(loaded: Loaded, folder: string, wanted: { userId?: string | undefined; since?: number | undefined }): Promise<HostedReport>;
  /** Takes the store of a Python server. @throws TransferError */
  importPython(loaded: Loaded, address: string, user: string | undefined): Promise<PythonReport>;
  deleteUser(loaded: Loaded, user: string): Promise<{ threads: number }>;
  /** The threads of a user, and one with its items; undefined when there is none. */
  listThreads(loaded: Loaded, user: string, onThread: (thread: ThreadMetadata) => void): Promise<void>;
  showThread(loaded: Loaded, id: string, user: string | undefined): Promise<{ user: string; thread: ThreadMetadata; items: ThreadItem[] } | undefined>;
  backUp(loaded: Loaded, file: string): Promise<Backup>;
};

/** What the verbs start. The program's entry passes it in and loads each part when it is called, so that `version` loads none of it. */
export type Actions = {
  /** Resolves to whether it ended cleanly. With `worker` this is one of several processes that a supervisor has started. */
  serve(loaded: Loaded, announce: (line: string) => void, worker?: number): Promise<boolean>;
  /** Loads the agent as `serve` would. @throws ChatKitError config_invalid, with a line for each mistake */
  checkAgent(loaded: Loaded): Promise<CheckedAgent>;
  migrate(action: "up" | "status", loaded: Loaded): Promise<SchemaVersion[]>;
  /** Without a recipe it writes the sample. */
  init(folder: string, recipe?: Recipe): Promise<Prepared>;
  recipes(): Promise<readonly Recipe[]>;
  /** @throws TransferError when nothing could be done, or it was stopped */
  saveHosted(request: SaveRequest): Promise<SavedReport>;
  /** What moves and shows stored conversations. */
  conversations(): Promise<Conversations>;
  /** @throws TransferError when it is no saved folder, or an import works in it */
  checkSaved(folder: string): Promise<CheckReport>;
};

export const EXIT = { clean: 0, failed: 1, usage: 2, schema: 3, unclean: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
