import { Option, type Command } from "commander";
import type { Flags } from "../config/loaded.ts";
import { addFlags } from "./flags.ts";
import { parseUser } from "./import-options.ts";
import { overStore } from "./transfer-verb.ts";
import { EXIT, type Actions, type ExitCode, type Output } from "./verbs.ts";

/** `threads list` and `thread show`: a look into the store. */
export function threadVerbs(program: Command, { conversations }: Actions, output: Output, end: (code: ExitCode) => void): void {
  const threads = program.command("threads").description("the threads of a user");
  addFlags(threads.command("list").description("list them, newest first"), ["config", "databaseUrl"])
    .addOption(new Option("--user <user>", "whose they are").argParser(parseUser).makeOptionMandatory())
    .option("--json", "one JSON object a line")
    .action(({ user, json, ...flags }: Flags & { user: string; json?: true }) =>
      overStore(flags, output, end, async (loaded) =>
        (await conversations()).listThreads(loaded, user, (thread) => output.out(json ? JSON.stringify(thread) : `${thread.id}  ${thread.created_at}  ${thread.title ?? ""}`)),
      ),
    );
  const thread = program.command("thread").description("one thread");
  addFlags(thread.command("show").description("show it with all its items, hidden ones too"), ["config", "databaseUrl"])
    .argument("<id>", "the thread's id")
    .addOption(new Option("--user <user>", "whose it is; found faster").argParser(parseUser))
    .action((id: string, { user, ...flags }: Flags & { user?: string }) =>
      overStore(flags, output, end, async (loaded) => {
        const found = await (await conversations()).showThread(loaded, id, user);
        if (found) output.out(JSON.stringify(found, null, 2));
        else output.err(`there is no thread ${id}`);
        return found ? EXIT.clean : EXIT.failed;
      }),
    );
}
