import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { WidgetTemplate } from "../../widgets/widget-template.ts";

/** The schemas of a workflow's file by their names, as functions: one of them may not be there. */
export type NamedSchemas = Record<string, () => unknown>;

/** The `.widget` files beside a workflow, by the name of the schema or of the agent whose output they show. */
export class WorkflowWidgets {
  readonly #templates: ReadonlyMap<string, WidgetTemplate>;

  /** @throws ChatKitError config_invalid when one of them is not a widget's file */
  constructor(folder: string, private readonly schemas: NamedSchemas) {
    const files = readdirSync(folder).filter((name) => name.endsWith(".widget"));
    this.#templates = new Map(files.map((name) => [spelled(basename(name, ".widget")), WidgetTemplate.fromFile(join(folder, name))]));
  }

  /** Several agents may have one name, as the exporter gives them: so the schema itself is looked for first. */
  for({ agent, schema }: { agent: string; schema: unknown }): WidgetTemplate | undefined {
    if (this.#templates.size === 0) return undefined;
    const name = Object.keys(this.schemas).find((one) => isNamed(this.schemas[one]!, schema));
    return (name === undefined ? undefined : this.#templates.get(spelled(name))) ?? this.#templates.get(spelled(agent));
  }
}

function isNamed(read: () => unknown, schema: unknown): boolean {
  try {
    return read() === schema;
  } catch {
    // A name that only a function of the file has.
    return false;
  }
}

/** `WeatherCardSchema`, `Weather card` and `weather-card` are one name. */
function spelled(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "").replace(/schema$/, "");
}
