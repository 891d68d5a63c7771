import { resolve } from "node:path";
import type { Command } from "commander";
import { explain, type ExplainedOption } from "../config/explain.ts";
import { loadConfig } from "../config/load.ts";
import type { Flags, Origin } from "../config/loaded.ts";
import { OPTION_NAMES } from "../config/options.ts";
import { maskInText } from "../config/mask.ts";
import { ChatKitError } from "../errors.ts";
import { addFlags } from "./flags.ts";
import { EXIT, type Actions, type ExitCode, type Output } from "./verbs.ts";

export function checkVerb(program: Command, { checkAgent }: Actions, { out, err }: Output, end: (code: ExitCode) => void): void {
  const command = program.command("check").description("show every option in force and where it comes from, and load the agent as serve would");
  addFlags(command, OPTION_NAMES)
    .option("--json", "as JSON")
    .action(async ({ json, ...flags }: Flags & { json?: true }) => {
      const loaded = await loadConfig(flags);
      const options = explain(loaded);
      if (!json) out(`configuration file: ${loaded.file === undefined ? "none" : resolve(loaded.file)}\n\n${table(options)}\n`);
      const { agent, problems } = await checkAgent(loaded).then((agent) => ({ agent, problems: [] }), failed);
      const warnings = [...loaded.warnings, ...(agent?.warnings ?? [])];
      if (json) out(JSON.stringify({ file: loaded.file ?? null, options, models: agent?.models ?? null, warnings, problems }, null, 2));
      else if (agent) out(agent.describe);
      if (!json) for (const warning of warnings) err(`warning: ${warning}`);
      for (const problem of problems) err(`error: ${problem}`);
      if (problems.length > 0) end(EXIT.usage);
    });
}

function failed(thrown: unknown): { agent: undefined; problems: string[] } {
  if (!(thrown instanceof ChatKitError) || thrown.code !== "config_invalid") throw thrown;
  return { agent: undefined, problems: maskInText(thrown.message).split("\n") };
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
