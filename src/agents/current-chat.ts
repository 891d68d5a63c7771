import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The `AgentContext` of runs that are started with a context of their own, as the steps of an exported workflow are. In a file of its own,
 * so that the types for editors, which `agent-context.ts` is part of, need no types of Node.
 */
export const currentChat = new AsyncLocalStorage<object>();
