import { Option, type Command } from "commander";
import type { Flags } from "../config/loaded.ts";
import { addFlags } from "./flags.ts";
import { parseFolder, parseSince, parseUser } from "./import-options.ts";
import { overStore } from "./transfer-verb.ts";
import type { Actions, ExitCode, Output } from "./verbs.ts";

const SINCE = "only threads written to since, such as 2026-11-01 or 2026-11-01T09:30:00Z; UTC unless it says otherwise";

type Own = { user?: string; since?: number; feedback?: true; output?: string; files?: string };

/** `export`: conversations as lines of JSON, which `import FILE` takes back. */
export function exportVerb(program: Command, { conversations }: Actions, output: Output, end: (code: ExitCode) => void): void {
  const command = program.command("export").description("write the stored conversations as lines of JSON, beside a running server");
  addFlags(command, ["config", "databaseUrl"])
    .addOption(new Option("--output <file>", "write to this file (default: standard output)").argParser(parseFolder))
    .addOption(new Option("--files <dir>", "copy the files that were sent into this folder").argParser(parseFolder))
    .addOption(new Option("--user <user>", "only what belongs to this user").argParser(parseUser))
    .addOption(new Option("--since <date>", SINCE).argParser(parseSince))
    .option("--feedback", "only feedback, each with its item and the question before it")
    .action(({ user, since, feedback, output: file, files, ...flags }: Flags & Own) =>
      overStore(flags, output, end, async (loaded) =>
        (await conversations()).exportConversations(loaded, {
          ...(user !== undefined && { userId: user }),
          ...(since !== undefined && { since }),
          ...(feedback && { feedbackOnly: true }),
          ...(file !== undefined && { output: file }),
          ...(files !== undefined && { files }),
        }),
      ),
    );
}
