import { Option, type Command } from "commander";
import { openaiAccess } from "../config/openai.ts";
import type { Flags as LoadedFlags } from "../config/loaded.ts";
import { ChatKitError } from "../errors.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import { addFlags } from "./flags.ts";
import { checkText, hostedText, pythonText, savedText } from "./import-report.ts";
import { parseFolder, parseSince, parseUser } from "./import-options.ts";
import { overStore } from "./transfer-verb.ts";
import { EXIT, type Actions, type ExitCode, type Output } from "./verbs.ts";

type Flags = { raw?: string; from?: string; check?: string; user?: string; since?: number; json?: true };

const CHECK = "verify a folder that was saved; needs no network and no key";
const SINCE = "only threads made since, such as 2026-11-01 or 2026-11-01T09:30:00Z; UTC unless it says otherwise";
/** The folder of an import that names none. */
const BESIDE = "openai-import";
const HELP = `
The key is OPENAI_API_KEY, the address OPENAI_BASE_URL (default: OpenAI's). The folder can be gone on with after anything that cuts
the import off, and again later: then new threads and items are fetched, and all items of threads that were renamed or locked; of all
others the last four are compared. What was saved is never taken away.
Exit codes: 0 all is there, 1 something is missing (it is listed), 2 wrong key or usage.`;

/** `import`: conversations from another system; each source is a verb below it, such as `import openai`. */
export function importVerb(program: Command, actions: Actions, output: Output, end: (code: ExitCode) => void): void {
  const command = program.command("import").description("bring conversations here: a file that export wrote, or from elsewhere");
  addFlags(command, ["config", "databaseUrl"])
    .argument("<file>", "a file of lines that export wrote")
    .addOption(new Option("--files <dir>", "take the files that were sent from this folder").argParser(parseFolder))
    .action((file: string, { files, ...flags }: LoadedFlags & { files?: string }) =>
      overStore(flags, output, end, async (loaded) => {
        const { threads, items, attachments, feedback } = await (await actions.conversations()).importConversations(loaded, file, files);
        output.out(`imported: ${threads} threads, ${items} items, ${attachments} attachments, ${feedback} pieces of feedback`);
      }),
    );
  command
    .command("python")
    .description("take the conversations of a server that was built on the Python SDK; nothing is written there")
    .argument("<address>", "sqlite:PATH or postgres://user:password@host/database")
    .addOption(new Option("--user <user>", "whose threads are that do not say so").argParser(parseUser))
    .option("--json", "the report as JSON")
    .action(async (address: string, { user, json }: { user?: string; json?: true }) => {
      await overStore(command.opts<LoadedFlags>(), output, end, async (loaded) => {
        const report = await (await actions.conversations()).importPython(loaded, address, user);
        output.out(json ? JSON.stringify(report, null, 2) : pythonText(report));
      });
    });
  command
    .command("openai")
    .description("save the conversations of a project that OpenAI hosts, as they are served, and take them into the database")
    .addOption(new Option("--raw <dir>", "save them into this folder").argParser(parseFolder))
    .addOption(new Option("--check <dir>", CHECK).argParser(parseFolder).conflicts(["raw", "from", "user", "since"]))
    .addOption(new Option("--from <dir>", "take what was saved in this folder into the database").argParser(parseFolder).conflicts(["raw"]))
    .addOption(new Option("--user <user>", "only the threads of this user (default: all users)").argParser(parseUser))
    .addOption(new Option("--since <date>", SINCE).argParser(parseSince))
    .option("--json", "the report as JSON")
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => {
      const code = await fromSource(flags, actions, output);
      if (code !== undefined) return end(code);
      const { from = BESIDE, user, since, json } = flags;
      await overStore(command.opts<LoadedFlags>(), output, end, async (loaded) => {
        const report = await (await actions.conversations()).importSaved(loaded, from, { userId: user, since });
        output.out(json ? JSON.stringify(report, null, 2) : hostedText(report));
      });
    });
}

/** Saves or verifies a folder. @returns the exit code; undefined when a folder is to go into the database now */
async function fromSource(flags: Flags, actions: Actions, output: Output): Promise<ExitCode | undefined> {
  try {
    if (flags.check !== undefined) return await check(flags, actions, output);
    if (flags.raw !== undefined) return await save(flags, actions, output);
    if (flags.from !== undefined) return undefined;
    // Kept, so that what was cut off goes on: and once the source has ended, the folder is all there is.
    output.err(`saving into ${BESIDE}, from where it goes into the database`);
    const code = await save({ ...flags, raw: BESIDE }, actions, output);
    return code === EXIT.clean ? undefined : code;
  } catch (thrown) {
    if (!(thrown instanceof TransferError) && !(thrown instanceof ChatKitError && thrown.code === "config_invalid")) throw thrown;
    output.err(`error: ${thrown.message}`);
    return thrown instanceof ChatKitError || thrown.isMisuse ? EXIT.usage : EXIT.failed;
  }
}

async function save({ raw, user, since, json }: Flags, { saveHosted }: Actions, { out, err }: Output): Promise<ExitCode> {
  const { warnings, ...source } = openaiAccess();
  for (const warning of warnings) err(`warning: ${warning}`);
  const report = await saveHosted({ folder: raw!, source, wanted: { user, sinceMs: since } });
  const isTold = out(json ? JSON.stringify(report, null, 2) : savedText(report)) !== false;
  return isTold && report.manifest.complete ? EXIT.clean : EXIT.failed;
}

async function check({ check, json }: Flags, { checkSaved }: Actions, { out }: Output): Promise<ExitCode> {
  const report = await checkSaved(check!);
  const isTold = out(json ? JSON.stringify(report, null, 2) : checkText(report)) !== false;
  return isTold && report.problems.length === 0 && report.manifest?.complete ? EXIT.clean : EXIT.failed;
}
