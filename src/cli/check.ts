import { resolve } from "node:path";
import type { Command } from "commander";
import { explain, type ExplainedOption } from "../config/explain.ts";
import { loadConfig } from "../config/load.ts";
import type { Flags, Origin } from "../config/loaded.ts";
import { OPTION_NAMES } from "../config/options.ts";
import { addFlags } from "./flags.ts";
import type { Output } from "./verbs.ts";

export function checkVerb(program: Command, { out, err }: Output): void {
  const command = program.command("check").description("show every option in force and where it comes from, secrets masked");
  addFlags(command, OPTION_NAMES)
    .option("--json", "as JSON")
    .action(async ({ json, ...flags }: Flags & { json?: true }) => {
      const loaded = await loadConfig(flags);
      const options = explain(loaded);
      if (json) return void out(JSON.stringify({ file: loaded.file ?? null, options, warnings: loaded.warnings }, null, 2));
      out(`configuration file: ${loaded.file === undefined ? "none" : resolve(loaded.file)}\n`);
      out(table(options));
      for (const warning of loaded.warnings) err(`warning: ${warning}`);
    });
}

const ORIGINS: Partial<Record<Origin, (env: string) => string>> = {
  environment: (env) => `environment (${env})`,
  secret_file: (env) => `file (${env}_FILE)`,
};

function table(options: ExplainedOption[]): string {
  const rows = options.map(({ option, value, origin, env }) => {
    return [option, shown(value), ORIGINS[origin]?.(env) ?? origin];
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([option, value, origin]) => `${option!.padEnd(widths[0]!)}  ${value!.padEnd(widths[1]!)}  ${origin}`).join("\n");
}

function shown(value: unknown): string {
  if (value === null) return "-";
  const list = typeof value === "object" && !Array.isArray(value) ? Object.entries(value).map((pair) => pair.join("=")) : value;
  return Array.isArray(list) ? list.join(",") || "-" : String(list);
}
