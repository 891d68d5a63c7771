import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { WidgetTemplate } from "../../widgets/widget-template.ts";
import type { NamedAgent } from "./mended-workflow.ts";

/** The `.widget` files beside a workflow, by the name of the schema or of the agent whose output they show. */
export class WorkflowWidgets {
  readonly #templates: ReadonlyMap<string, WidgetTemplate>;

  /** @throws ChatKitError config_invalid when one of them is not a widget's file */
  constructor(folder: string, private readonly agents: readonly NamedAgent[]) {
    const files = readdirSync(folder).filter((name) => name.endsWith(".widget"));
    this.#templates = new Map(files.map((name) => [spelled(basename(name, ".widget")), WidgetTemplate.fromFile(join(folder, name))]));
  }

  for(agent: string): WidgetTemplate | undefined {
    const schema = this.agents.find(({ name }) => name === agent)?.schema;
    return (schema === undefined ? undefined : this.#templates.get(spelled(schema))) ?? this.#templates.get(spelled(agent));
  }
}

/** `WeatherCardSchema`, `Weather card` and `weather-card` are one name. */
function spelled(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "").replace(/schema$/, "");
}
