import { bundledBrowserCode } from "../../../.ci/browser-code.ts" with { type: "macro" };

/** The files for the browser as JSON. In a module of its own, which only a server that is asked for them loads. */
export const EMBEDDED: string = bundledBrowserCode();
