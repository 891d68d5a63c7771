import { Option, type Command } from "commander";
import { OPTIONS, flagName, type OptionName, type Option as ConfigOption } from "../config/options.ts";

/** Adds the flags of these options to a verb; the help of each tells its meaning, its default and its environment variable. */
export function addFlags(command: Command, names: readonly OptionName[]): Command {
  for (const name of names) {
    const option: ConfigOption = OPTIONS[name];
    if (option.flag === undefined) continue;
    const fallback = option.fallback ? ` (default: ${option.fallback})` : "";
    const flag = new Option(`${flagName(name)} ${option.flag}`, `${option.help}${fallback} [${option.env}]`);
    command.addOption(option.flag.startsWith("[") ? flag.preset("true") : flag);
  }
  return command;
}
