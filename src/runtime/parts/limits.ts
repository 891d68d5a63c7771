import type { Config } from "../../config/options.ts";
import { Limits, type LimitOptions } from "../../server/limits/limits.ts";

/** The limits of this process, from the configuration; 0 sets no limit. */
export function makeLimits(config: Config, { isLate, quota }: Pick<LimitOptions, "isLate" | "quota">): Limits {
  return new Limits({
    requestsPerMinute: config.maxRequestsPerMinute ?? 0,
    answersPerMinute: config.maxAnswersPerMinute ?? 0,
    answersPerUser: config.maxAnswersPerUser ?? 0,
    answers: config.maxAnswers ?? 0,
    refusalsPerMinute: config.maxRefusalsPerMinute ?? 0,
    ...(isLate && { isLate }),
    ...(quota && { quota }),
  });
}
