/** A file in the exporter's form around these agents and steps. */
export function exported(agents: string, steps: string, { state = "", imports = "" } = {}): string {
  return `import { hostedMcpTool, Agent, AgentInputItem, RunContext, Runner, withTrace } from "@openai/agents";
import { z } from "zod";
${imports}

${agents}

type WorkflowInput = { input_as_text: string };


// Main code entrypoint
export const runWorkflow = async (workflow: WorkflowInput) => {
  return await withTrace("New agent", async () => {
    const state = {
      ${state}
    };
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_00000000000000000000000000000000000000000000000010"
      }
    });
    ${steps}
  });
}
`;
}

/** An agent as the exporter writes one; `more` are further lines of it. */
export function agent(name: string, instructions: string, more = ""): string {
  return `const ${name} = new Agent({\n  name: "${name}",\n  instructions: ${instructions},\n  model: "gpt-5",${more}\n  modelSettings: {\n    store: true\n  }\n});\n`;
}

/** A run of that agent, and its result under the name `as`. */
export function step(name: string, options = "", isStructured = false, as = name): string {
  const output = isStructured ? `output_text: JSON.stringify(${as}ResultTemp.finalOutput),\n      output_parsed: ${as}ResultTemp.finalOutput` : `output_text: ${as}ResultTemp.finalOutput ?? ""`;
  return `const ${as}ResultTemp = await runner.run(
      ${name},
      [
        ...conversationHistory
      ]${options}
    );
    conversationHistory.push(...${as}ResultTemp.newItems.map((item) => item.rawItem));

    if (!${as}ResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const ${as}Result = {
      ${output}
    };
`;
}
