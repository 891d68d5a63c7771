import { Argument, Option, type Command } from "commander";
import type { Flags } from "../config/loaded.ts";
import { addFlags } from "./flags.ts";
import { parseFolder, parseUser } from "./import-options.ts";
import { overStore } from "./transfer-verb.ts";
import type { Actions, ExitCode, Output } from "./verbs.ts";

type Own = { output?: string; files?: string };

/** `user`: what a person has a right to: all of their data, and its deletion. */
export function userVerb(program: Command, { conversations }: Actions, output: Output, end: (code: ExitCode) => void): void {
  const command = program.command("user").description("everything that belongs to one user");
  const user = () => new Argument("<user>", "the user, as your login names them").argParser(parseUser);
  addFlags(command.command("delete").description("delete it, files included, beside a running server"), ["config", "databaseUrl"])
    .addArgument(user())
    .action((userId: string, flags: Flags) =>
      overStore(flags, output, end, async (loaded) => {
        const { threads } = await (await conversations()).deleteUser(loaded, userId);
        output.out(`deleted: ${threads} thread${threads === 1 ? "" : "s"}, and all files of that user`);
      }),
    );
  addFlags(command.command("export").description("write it as lines of JSON"), ["config", "databaseUrl"])
    .addArgument(user())
    .addOption(new Option("--output <file>", "write to this file (default: standard output)").argParser(parseFolder))
    .addOption(new Option("--files <dir>", "copy the files that were sent into this folder").argParser(parseFolder))
    .action((userId: string, { output: file, files, ...flags }: Flags & Own) =>
      overStore(flags, output, end, async (loaded) =>
        (await conversations()).exportConversations(loaded, { userId, ...(file !== undefined && { output: file }), ...(files !== undefined && { files }) }),
      ),
    );
}
