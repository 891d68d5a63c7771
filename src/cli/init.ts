import type { Command } from "commander";
import { NAME, VERSION } from "../version.ts";
import type { Actions, Output } from "./verbs.ts";

export function initVerb(program: Command, { init }: Actions, { out }: Output): void {
  program
    .command("init")
    .description("write a sample agent.ts, with what an editor needs to know its types; again, to renew the types")
    .argument("[folder]", "where to write it", ".")
    .action(async (folder: string) => {
      const { created, kept, types, install } = await init(folder);
      for (const file of created) out(`wrote ${file}`);
      for (const file of kept) out(`left as it is: ${file}`);
      out(`wrote ${types}: the types of ${NAME} ${VERSION}; init replaces what is in there and nothing else`);
      const there = folder === "." ? "" : `cd ${folder}; `;
      out(`next: ${there}${install} (for the editor); ${NAME} --agent agent.ts --watch`);
    });
}
