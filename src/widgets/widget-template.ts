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

/** A `.widget` file's JSON. What else is in it (`outputJsonPreview`, `encodedWidget`) is its editor's. */
export type WidgetDefinition = z.input<typeof definition>;

/**
 * A widget made in the editor at widgets.chatkit.studio, to be filled with data.
 *
 * @example
 * const card = WidgetTemplate.fromFile("weather.widget");
 * await agentContext(run).streamWidget(card.build({ city: "Paris" }));
 */
export class WidgetTemplate {
  /** Where relative paths start when nothing lies beside the caller: the folder of the agent module, or of the program. */
  static directory: string = dirname(Bun.main);

  readonly name: string;
  /** JSON Schema of what `build` takes. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  readonly #render: (data: Readonly<Record<string, unknown>>) => string;

  /** @throws ChatKitError config_invalid when it is no widget of version 1.0, or its template is no Jinja */
  constructor(widget: unknown) {
    const parsed = definition.safeParse(widget);
    if (!parsed.success) throw invalid(`Not a .widget definition: ${describe(parsed.error)}`);
    const { name, template, jsonSchema } = parsed.data;
    this.name = name;
    this.jsonSchema = jsonSchema;
    this.#render = orInvalid(`The template of widget ${name} is not valid Jinja.`, () => compileTemplate(template));
  }

  /**
   * Reads a `.widget` file, once: keep the template. A relative path starts beside the calling module, or else in
   * `directory`; `new URL("x.widget", import.meta.url)` leaves nothing to find.
   *
   * @throws ChatKitError config_invalid when the file cannot be read or is not a widget's
   */
  static fromFile(path: string | URL): WidgetTemplate {
    const file =
      path instanceof URL || path.startsWith("file:") ? fileURLToPath(path) : located(path, callerDirectory(WidgetTemplate.fromFile));
    const text = orInvalid(`The widget file ${file} cannot be read.`, () => readFileSync(file, "utf8"));
    return new WidgetTemplate(orInvalid(`The widget file ${file} is not JSON.`, () => JSON.parse(text)));
  }

  /** The widget, filled in. @throws ChatKitError internal when data is missing or the outcome is no widget; the log has the reason */
  build(data: object = {}): WidgetRoot {
    try {
      // The template sees what JSON makes of the data: a Date is its ISO string.
      return widgetRoot.parse(JSON.parse(this.#render(JSON.parse(JSON.stringify(data)))));
    } catch (cause) {
      // What is wrong may quote the data, so it is for the log alone.
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
 * The folder of the module that called `callee`. It is a guess: the engine drops the frame of a caller that returns the
 * result at once, so that the next one out is found instead.
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
