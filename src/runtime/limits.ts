import { DEFAULT_LIMITS, type Config } from "../config/options.ts";
import { Limits, type LimitOptions } from "../server/limits.ts";

/** The limits of this process, from the configuration. */
export function makeLimits(config: Config, { isLate, quota }: Pick<LimitOptions, "isLate" | "quota">): Limits {
  const limit = (name: keyof typeof DEFAULT_LIMITS) => config[name] ?? (config.auth === "none" ? 0 : DEFAULT_LIMITS[name]);
  return new Limits({
    requestsPerMinute: limit("maxRequestsPerMinute"),
    answersPerMinute: limit("maxAnswersPerMinute"),
    answersPerUser: limit("maxAnswersPerUser"),
    answers: limit("maxAnswers"),
    refusalsPerMinute: limit("maxRefusalsPerMinute"),
    ...(isLate && { isLate }),
    ...(quota && { quota }),
  });
}
