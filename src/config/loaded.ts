import type { Config, OptionName } from "./options.ts";

/** Where a value came from; the strongest first. */
export type Origin = "flag" | "environment" | "secret_file" | "file" | "default";
export type Origins = Record<OptionName, Origin>;
export type Flags = Partial<Record<OptionName, string>>;
export type Environment = Record<string, string | undefined>;

/** A configuration, where each value came from, and what the operator should be warned of. */
export type Loaded = {
  config: Config;
  origins: Origins;
  file: string | undefined;
  warnings: string[];
  /** The variables that agent files may refer to as `${NAME}`. */
  environment: Environment;
  /** Reads all of it again, from the same flags and variables: the file, and the files that hold secrets, may have changed. */
  again(): Promise<Loaded>;
};
