/**
 * Who answers. The build replaces `BUILD_COMMIT`; run from sources it is absent.
 */
import pkg from "../package.json" with { type: "json" };

declare const BUILD_COMMIT: string | undefined;

export const NAME = pkg.name;
export const VERSION: string = pkg.version;
export const COMMIT: string = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "source";
