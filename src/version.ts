/**
 * What this program is called, and which version it is. The build writes `BUILD_COMMIT`; from sources it is absent, and it is never read
 * from the environment.
 */
import pkg from "../package.json" with { type: "json" };

declare const BUILD_COMMIT: string | undefined;

export const NAME = pkg.name;
export const VERSION: string = pkg.version;
/** Of the agents SDK. */
export const AGENTS_SDK_VERSION: string = pkg.dependencies["@openai/agents"];
export const COMMIT: string = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "source";
