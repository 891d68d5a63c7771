/**
 * The packages as a program of somebody's own has them. By their names they are, once an agent module was loaded in this process, what
 * such modules get in their place (see `embedded-modules.ts`), and the tests of several files may run in one process.
 */
import { join } from "node:path";
import type * as Agents from "@openai/agents";
import type * as Client from "openai";

const PACKAGES = join(import.meta.dir, "../../node_modules");

export const { OpenAIProvider, Runner, tool } = (await import(join(PACKAGES, "@openai/agents/dist/index.mjs"))) as typeof Agents;
export const { OpenAI } = (await import(join(PACKAGES, "openai/index.mjs"))) as typeof Client;
