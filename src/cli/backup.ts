import type { Command } from "commander";
import type { Flags } from "../config/loaded.ts";
import { addFlags } from "./flags.ts";
import { overStore } from "./transfer-verb.ts";
import type { Actions, ExitCode, Output } from "./verbs.ts";

/** `backup`: a copy of an SQLite database. A plain copy of its file lacks what is still in the file beside it. */
export function backupVerb(program: Command, { conversations }: Actions, output: Output, end: (code: ExitCode) => void): void {
  const command = program.command("backup").description("copy the SQLite database and the folder of files, beside a running server");
  addFlags(command, ["config", "databaseUrl"])
    .argument("<file>", "the new file; the files go to FILE-attachments")
    .action((file: string, flags: Flags) =>
      overStore(flags, output, end, async (loaded) => {
        const { files } = await (await conversations()).backUp(loaded, file);
        output.out(`the database is in ${file}`);
        if (files === undefined) output.out("not in it: the files that were sent, which are in no folder of this machine");
        else output.out(files === "" ? "there are no files that were sent" : `the files that were sent are in ${files}`);
      }),
    );
}
