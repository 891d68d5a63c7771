import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ChatKitError } from "../errors.ts";
import { describe } from "../protocol/parse.ts";
import { widgetRoot, type WidgetRoot } from "../protocol/widgets.ts";
import { compileTemplate } from "./jinja.ts";

const definition = z.looseObject({
  version: z.literal("1.0"),
  name: z.string(),
  /** Jinja that renders to the widget's JSON. */
  template: z.string(),
  jsonSchema: z.record(z.string(), z.unknown()).default({}),
});

/** The JSON of a `.widget` file. Its other fields (`outputJsonPreview`, `encodedWidget`) are only for the editor. */
export type WidgetDefinition = z.input<typeof definition>;

/**
 * A widget made in the editor at widgets.chatkit.studio, to be filled with data.
 *
 * @example
 * const card = WidgetTemplate.fromFile("weather.widget");
 * await agentContext(run).streamWidget(card.build({ city: "Paris" }));
 */
export class WidgetTemplate {
  /** Where a relative path starts when there is no such file beside the caller: the folder of the agent module, or of the program. */
  static directory: string = dirname(Bun.main);

  readonly name: string;
  /** JSON Schema of what `build` takes. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  readonly #render: (data: Readonly<Record<string, unknown>>) => string;

  /** @throws ChatKitError config_invalid when this is not a widget of version 1.0, or its template is not valid Jinja */
  constructor(widget: unknown) {
    const parsed = definition.safeParse(widget);
    if (!parsed.success) throw invalid(`Not a .widget definition: ${describe(parsed.error)}`);
    const { name, template, jsonSchema } = parsed.data;
    this.name = name;
    this.jsonSchema = jsonSchema;
    this.#render = orInvalid(`The template of widget ${name} is not valid Jinja.`, () => compileTemplate(template));
  }

  /**
   * Reads a `.widget` file; call it once and keep the template. A relative path is looked for beside the calling module, then in
   * `directory`; with `new URL("x.widget", import.meta.url)` there is nothing to look for.
   *
   * @throws ChatKitError config_invalid when the file cannot be read or is not a widget's
   */
  static fromFile(path: string | URL): WidgetTemplate {
    const file =
      path instanceof URL || path.startsWith("file:") ? fileURLToPath(path) : located(path, callerDirectory(WidgetTemplate.fromFile));
    const text = orInvalid(`The widget file ${file} cannot be read.`, () => readFileSync(file, "utf8"));
    return new WidgetTemplate(orInvalid(`The widget file ${file} is not JSON.`, () => JSON.parse(text)));
  }

  /** The widget with this data in it. @throws ChatKitError internal when data is missing or the result is not a widget; the log says why */
  build(data: object = {}): WidgetRoot {
    try {
      // Through JSON, so that the template sees plain data: a Date becomes its ISO string.
      return widgetRoot.parse(JSON.parse(this.#render(JSON.parse(JSON.stringify(data)))));
    } catch (cause) {
      // The reason may quote the data, so it only goes to the log.
      throw new ChatKitError("internal", { cause: new Error(`The widget ${this.name} could not be built.`, { cause }) });
    }
  }
}

function located(path: string, callers: string | undefined): string {
  if (isAbsolute(path)) return path;
  const beside = callers === undefined ? undefined : resolve(callers, path);
  return beside !== undefined && existsSync(beside) ? beside : resolve(WidgetTemplate.directory, path);
}

/**
 * The folder of the module that called `callee`, as far as the stack tells. When the caller is `return callee(…)`, the engine has
 * dropped its frame (a tail call), and the module that called the caller is found instead.
 */
function callerDirectory(callee: (path: string) => unknown): string | undefined {
  const original = Error.prepareStackTrace;
  const trace: { stack?: string | null | undefined } = {};
  try {
    Error.prepareStackTrace = (_, frames) => frames[0]?.getFileName() ?? null;
    Error.captureStackTrace(trace, callee);
    const file = trace.stack;
    return file ? dirname(file.startsWith("file:") ? fileURLToPath(file) : file) : undefined;
  } finally {
    if (original) Error.prepareStackTrace = original;
    else delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  }
}

const invalid = (message: string, cause?: unknown) => new ChatKitError("config_invalid", { message, cause });

function orInvalid<T>(message: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (cause) {
    throw invalid(message, cause);
  }
}
