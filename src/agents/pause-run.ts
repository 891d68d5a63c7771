import type { StreamedRunResult } from "@openai/agents";
import type { AgentContext } from "./agent-context.ts";

export async function pauseRun(_context: AgentContext<any>, _result: StreamedRunResult<any, any>): Promise<void> {}
