import type { ChatKitEvents } from "@openai/chatkit";

type Emitted = { [K in keyof ChatKitEvents]: ChatKitEvents[K]["detail"] };
/** Raises one of the element's events. */
export type Emit = <K extends keyof ChatKitEvents>(...event: Emitted[K] extends void ? [K] : [K, Emitted[K]]) => void;
