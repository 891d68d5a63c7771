// Tell the model what an @-mention is
// The page sends a tag's id and data; the converter looks up the rest.
// chatkit-server --agent mentions.ts

import { Agent } from "@openai/agents";
import { AgentServer, ThreadItemConverter, type InputTag, type Ports } from "chatkit-server";

const products: Record<string, string> = { "p-1": "Tea, green, 100 g, 4 €" };

class ProductTags extends ThreadItemConverter {
  override async tagToMessageContent(tag: InputTag) {
    return { type: "input_text" as const, text: `<product>${products[tag.id] ?? `${tag.text}: not sold here`}</product>` };
  }
}

const agent = new Agent({ name: "Shop", instructions: "Help to choose. Products are described in <product>." });

export default (ports: Ports) => new AgentServer(ports, { agent, converter: new ProductTags() });
