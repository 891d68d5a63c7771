// Tell the model something the person does not see
// Hidden context is stored with the thread and never sent to a client.
// chatkit-server --agent hidden-context.ts

import { Agent, tool } from "@openai/agents";
import { agentContext, clientEffect, hiddenContext } from "chatkit-server";
import { z } from "zod";

const addToCart = tool({
  name: "add_to_cart",
  description: "Puts a product into the cart.",
  parameters: z.object({ product: z.string() }),
  execute: ({ product }, run) => {
    const chat = agentContext(run);
    chat.stream(hiddenContext(`In the cart since ${new Date().toDateString()}: ${product}`));
    chat.stream(clientEffect("cart.changed", { product })); // for the page's onEffect
    return "Done.";
  },
});

export default new Agent({ name: "Shop", instructions: "Fill the cart.", tools: [addToCart] });
