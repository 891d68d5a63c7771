/**
 * The command line: one file for each verb, which reads its flags and writes its output. `main.ts` hands in what a verb does; the process
 * is never ended here.
 */
import { Command, CommanderError } from "commander";
import { maskInText } from "../config/mask.ts";
import { ChatKitError } from "../errors.ts";
import { COMMIT, NAME, VERSION } from "../version.ts";
import { backupVerb } from "./backup.ts";
import { checkVerb } from "./check.ts";
import { exportVerb } from "./export.ts";
import { healthVerb } from "./health.ts";
import { importVerb } from "./import.ts";
import { initVerb } from "./init.ts";
import { migrateVerb } from "./migrate.ts";
import { serveVerb } from "./serve.ts";
import { threadVerbs } from "./threads.ts";
import { userVerb } from "./user.ts";
import { EXIT, type Actions, type ExitCode, type Output } from "./verbs.ts";
import { versionVerb } from "./version.ts";

const EXIT_CODES = `
Exit codes: 0 clean, 1 failed, 2 wrong usage or configuration, 3 the database's schema, 4 ended before it was done.
Run "${NAME} serve --help" for every option.`;

/** Runs one verb and returns the exit code. */
export async function runVerb(args: readonly string[], actions: Actions, output: Output): Promise<ExitCode> {
  let code: ExitCode = EXIT.clean;
  const end = (ended: ExitCode) => (code = ended);
  const program = new Command(NAME)
    .description("A ChatKit backend in one executable.")
    .version(`${NAME} ${VERSION} (${COMMIT})`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.out(text.trimEnd()), writeErr: (text) => output.err(maskInText(text.trimEnd())) })
    .showHelpAfterError(`Try "${NAME} --help".`)
    .addHelpText("after", EXIT_CODES);
  serveVerb(program, actions, output, end);
  migrateVerb(program, actions, output, end);
  checkVerb(program, actions, output, end);
  healthVerb(program, output, end);
  versionVerb(program, output);
  initVerb(program, actions, output);
  importVerb(program, actions, output, end);
  exportVerb(program, actions, output, end);
  threadVerbs(program, actions, output, end);
  userVerb(program, actions, output, end);
  backupVerb(program, actions, output, end);
  pointToOwnHelp(program);
  try {
    refuseUnknownVerb(program, args);
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.clean : EXIT.usage;
    return failed(thrown, output);
  }
}

/** Where to look up an option that a verb does not know: in that verb's help, not in the program's. */
function pointToOwnHelp(command: Command, words = NAME): void {
  for (const verb of command.commands) {
    verb.showHelpAfterError(`Try "${words} ${verb.name()} --help".`);
    pointToOwnHelp(verb, `${words} ${verb.name()}`);
  }
}

/** Without this, a mistyped verb would be reported as a surplus argument of the default verb, `serve`. */
function refuseUnknownVerb(program: Command, args: readonly string[]): void {
  const [first] = args;
  const names = [...program.commands.map((command) => command.name()), "help"];
  if (first === undefined || first.startsWith("-") || names.includes(first)) return;
  program.error(`error: unknown verb '${first}'; the verbs are ${names.join(", ")}`);
}

/** What a client may not read, the operator has to: a database that is not there and one that refuses the login are mended differently. */
function withCause({ message, code, reason, cause }: ChatKitError): string {
  // One of ours says no more than the message that was made of it.
  if (code === "config_invalid" || !(cause instanceof Error) || cause instanceof ChatKitError) return message;
  return `${message.replace(/\.$/, "")}: ${reason === undefined ? "" : `${reason}: `}${cause.message}`;
}

function failed(thrown: unknown, { err }: Output): ExitCode {
  const message = thrown instanceof ChatKitError ? withCause(thrown) : thrown instanceof Error ? thrown.message : String(thrown);
  // A wrong value may be a database address with a password in it.
  err(maskInText(message).replace(/^/gm, "error: "));
  if (!(thrown instanceof ChatKitError)) return EXIT.failed;
  if (thrown.code === "config_invalid") {
    err(`Try "${NAME} check" to see the configuration, "${NAME} serve --help" for the options.`);
    return EXIT.usage;
  }
  return thrown.code === "schema_newer" || thrown.code === "schema_pending" ? EXIT.schema : EXIT.failed;
}
