// Know more about who asks
// `context` answers what every hook, tool and route gets as the request's context: an object with the fields of `base` and your own.
// chatkit-server --agent request-context.ts

import { Agent, tool } from "@openai/agents";
import { agentContext, RequestError, type AgentContext, type RequestContext } from "chatkit-server";
import { z } from "zod";

type Member = RequestContext & { plan: string };

export async function context(request: Request, base: RequestContext): Promise<Member> {
  const plan = request.headers.get("x-plan");
  if (!plan) throw new RequestError("Not a member.", { status: 403 });
  return { ...base, plan };
}

const readPlan = tool({
  name: "read_plan",
  description: "The plan of whoever asks.",
  parameters: z.object({}),
  execute: (_, run) => agentContext<AgentContext<Member>>(run).requestContext.plan,
});

export default new Agent({ name: "Assistant", instructions: "Help members.", tools: [readPlan] });
