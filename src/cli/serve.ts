import { Option as Flag, type Command } from "commander";
import { loadConfig } from "../config/load.ts";
import type { Flags } from "../config/loaded.ts";
import { OPTIONS, OPTION_NAMES, type Option } from "../config/options.ts";
import { addFlags } from "./flags.ts";
import { EXIT, type Actions, type ExitCode, type Output } from "./verbs.ts";

/** Options without a flag: they come from the environment or the file. */
const WITHOUT_FLAG = OPTION_NAMES.map((name): Option => OPTIONS[name]).filter(({ flag }) => flag === undefined);

export function serveVerb(program: Command, { serve }: Actions, { out }: Output, end: (code: ExitCode) => void): void {
  const command = program.command("serve", { isDefault: true }).description("serve until SIGTERM or SIGINT (the default)");
  const variables = WITHOUT_FLAG.map(({ env, help }) => `  ${env.padEnd(24)}${help}`).join("\n");
  addFlags(command, OPTION_NAMES)
    .addHelpText("after", `\nEnvironment only:\n${variables}\n\nSecrets, and DATABASE_URL, also as NAME_FILE: the path of a file that holds the value.`)
    // The supervisor passes it to its workers. It is not in OPTIONS, so no file or variable can set it.
    .addOption(new Flag("--worker <number>").argParser(Number).hideHelp())
    .action(async ({ worker, ...flags }: Flags & { worker?: number }) => {
      const clean = await serve(await loadConfig(flags), out, worker);
      end(clean ? EXIT.clean : EXIT.unclean);
    });
}
