import { OPTIONS, OPTION_NAMES, type Config, type Option } from "./options.ts";

/** Shorter ones would be found in innocent words. */
const SHORTEST = 6;

/** The secret values in force, the password within the database's address included: what must not be written anywhere. */
export function secretsOf(config: Config): string[] {
  const values = OPTION_NAMES.filter((name) => (OPTIONS[name] as Option).secret).map((name) => config[name]);
  const address = URL.parse(config.databaseUrl);
  if (address?.password) values.push(address.password, decodeURIComponent(address.password));
  return values.filter((value): value is string => typeof value === "string" && value.length >= SHORTEST);
}
