import { codeInterpreterTool, fileSearchTool, imageGenerationTool, webSearchTool, type HostedTool } from "@openai/agents";
import type { HttpToolEntry, ToolEntry } from "./schema.ts";

/** Tools that the model server runs. */
export function hostedTool(entry: Exclude<ToolEntry, HttpToolEntry>): HostedTool {
  switch (entry.type) {
    case "web_search":
      return webSearchTool({
        ...(entry.allowed_domains && { filters: { allowedDomains: entry.allowed_domains } }),
        ...(entry.context_size && { searchContextSize: entry.context_size }),
      });
    case "file_search":
      return fileSearchTool(entry.vector_store_ids, entry.max_results === undefined ? {} : { maxNumResults: entry.max_results });
    case "code_interpreter":
      return codeInterpreterTool();
    case "image_generation":
      return imageGenerationTool({
        partialImages: entry.partial_images,
        ...(entry.size && { size: entry.size }),
        ...(entry.quality && { quality: entry.quality }),
      });
  }
}
