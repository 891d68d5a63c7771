import type { Command } from "commander";
import { COMMIT, NAME, VERSION } from "../version.ts";
import type { Output } from "./verbs.ts";

export function versionVerb(program: Command, { out }: Output): void {
  program
    .command("version")
    .description("what this is")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => {
      if (json) out(JSON.stringify({ name: NAME, version: VERSION, commit: COMMIT, bun: Bun.version }));
      else out(`${NAME} ${VERSION} (${COMMIT}, Bun ${Bun.version})`);
    });
}
