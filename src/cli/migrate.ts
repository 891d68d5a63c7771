import { Argument, type Command } from "commander";
import { loadConfig } from "../config/load.ts";
import type { Flags } from "../config/loaded.ts";
import type { SchemaVersion } from "../store/migrate.ts";
import { addFlags } from "./flags.ts";
import { EXIT, type Actions, type ExitCode, type Output } from "./verbs.ts";

export function migrateVerb(program: Command, { migrate }: Actions, { out }: Output, end: (code: ExitCode) => void): void {
  const command = program.command("migrate").description("bring the database to this version (up), or only show where it stands (status)");
  addFlags(command, ["config", "databaseUrl"])
    .addArgument(new Argument("[action]", "what to do").choices(["up", "status"]).default("up"))
    .option("--json", "as JSON")
    .action(async (action: "up" | "status", { json, ...flags }: Flags & { json?: true }) => {
      const loaded = await loadConfig({ auth: "none", ...flags });
      const versions = await migrate(action, loaded);
      out(json ? JSON.stringify(versions, null, 2) : table(versions));
      end(versions.every(({ state }) => state === "applied") ? EXIT.clean : EXIT.schema);
    });
}

function table(versions: SchemaVersion[]): string {
  if (versions.length === 0) return "this store has no schema";
  return versions.map(({ name, state, appliedAt }) => `${name}  ${state}${appliedAt ? ` ${appliedAt.toISOString()}` : ""}`).join("\n");
}
