import type { Command } from "commander";
import type { Actions, Output } from "./verbs.ts";

export function initVerb(program: Command, { init }: Actions, { out }: Output): void {
  program
    .command("init")
    .description("write a sample agent.ts, with what an editor needs to know its types")
    .argument("[folder]", "where to write it", ".")
    .action(async (folder: string) => {
      const files = await init(folder);
      out(files.length > 0 ? files.map((file) => `wrote ${file}`).join("\n") : "nothing to write: the files are there already");
    });
}
