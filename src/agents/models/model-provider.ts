/**
 * Models: chooses the model that answers, and makes the client for its server. Errors of the server get words of ours (`model-error.ts`);
 * its stream is parsed (`event-stream.ts`) and translated to what OpenAI would send (`chat/`, `responses/`). What an answer means to the
 * chat is never decided here.
 */
import {
  getDefaultModel,
  getDefaultModelSettings,
  OpenAIProvider,
  OpenAIResponsesModel,
  Runner,
  setDefaultModelProvider,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTracingDisabled,
  type Model,
  type ModelProvider,
  type ModelRequest,
  type ModelSettings,
} from "@openai/agents";
import type OpenAI from "openai";
import { ChatKitError } from "../../errors.ts";
import { DEMO_MODEL, DemoModel } from "../demo/demo-model.ts";
import { ChatModel } from "./chat/model.ts";
import { originOf } from "./kept-call.ts";
import { modelClient, type ModelOptions } from "./model-client.ts";
import { configureModuleClients } from "./module-client.ts";

export type { ModelOptions };

export type ConfiguredModels = {
  provider: ModelProvider;
  /** The model of agents that name none: one line for the log, without secrets. */
  describe: string;
  /** The name of the model that answers for an agent with this `model`, in words where it is no name. */
  nameOf(model: string | Model): string;
  /** What `nameOf` calls the demo model. */
  demoName: string;
  /** The model server and how it is spoken to; undefined when there is none. */
  where: string | undefined;
};

/**
 * Makes these models the defaults of the SDK, so that they also serve an Agent without a model that a user runs with a Runner of their
 * own. Switches tracing off: the SDK would send every run to OpenAI, with the key of the environment.
 */
export function configureModels(options: ModelOptions): ConfiguredModels {
  setTracingDisabled(true);
  configureModuleClients(options);
  setOpenAIAPI(options.api ?? "responses");
  const client = hasServer(options) ? modelClient(options) : undefined;
  if (client) setDefaultOpenAIClient(client);
  const provider = new ConfiguredProvider(options, client);
  newest = provider;
  setDefaultModelProvider(NEWEST);
  const where = hasServer(options) ? `${placeOf(options)}, ${apiOf(options)} API` : undefined;
  return { provider, describe: describe(options), nameOf: (model) => nameOf(options, model), demoName: DEMO_NAME, where };
}

let newest: ModelProvider;
/** The SDK's `run` keeps the provider that it finds at its first call: this one goes on to the models that were configured last. */
const NEWEST: ModelProvider = { getModel: (name) => newest.getModel(name) };

/** Model → the same model without the second event for each piece of text; see `answeringRunner`. */
const TELLING_ONCE = new WeakMap<Model, Model>();

/**
 * A runner with the default models, for runs that only `streamAgentResponse` reads. By default the SDK emits two events for each piece of
 * text, its own and the model's; they are most of the time of a delta, so the second is left out. A model that calls a tool which does
 * not exist is told so, and goes on.
 */
export function answeringRunner({ modelProvider }: { modelProvider: ModelProvider } = new Runner().config): Runner {
  const provider = modelProvider === NEWEST ? newest : modelProvider;
  const getModel = async (name?: string): Promise<Model> => {
    const model = await provider.getModel(name);
    return TELLING_ONCE.get(model) ?? model;
  };
  return new Runner({ modelProvider: { getModel }, toolNotFoundBehavior: "return_error_to_model" });
}

/** Overrides a method that the SDK has for subclasses but not in its types. If it disappears, there are two events again. */
class OnceModel extends OpenAIResponsesModel {
  _shouldEmitRawModelEvent(event: { type: string }): boolean {
    return event.type !== "response.output_text.delta";
  }
}

function hasServer(options: ModelOptions): boolean {
  return options.apiKey !== undefined || options.baseURL !== undefined;
}

function isDemo(options: ModelOptions): boolean {
  return options.model === DEMO_MODEL || !hasServer(options);
}

function describe(options: ModelOptions): string {
  const hint = hasServer(options) ? "" : " Set OPENAI_API_KEY for a real one.";
  if (isDemo(options)) return `The demo model answers: offline and scripted.${hint}`;
  return `Model ${defaultName(options)} at ${placeOf(options)}, ${apiOf(options)} API.`;
}

const DEMO_NAME = "the demo model, offline and scripted";

function nameOf(options: ModelOptions, given: string | Model): string {
  if (typeof given !== "string") return `a model of its own (${given.constructor.name})`;
  const model = options.aliases?.[given] ?? given;
  if (model === DEMO_MODEL || (model === "" && isDemo(options))) return DEMO_NAME;
  if (!hasServer(options)) return `${model}, which cannot answer: OPENAI_API_KEY is not set`;
  return model === "" ? defaultName(options) : model;
}

const defaultName = ({ model }: ModelOptions) => model ?? `${getDefaultModel()} (the SDK's default)`;
const apiOf = ({ api }: ModelOptions) => (api === "chat_completions" ? "Chat Completions" : "Responses");

/** Without the path: keys are in paths, too. */
function placeOf({ baseURL }: ModelOptions): string {
  return baseURL === undefined ? "OpenAI" : (URL.parse(baseURL)?.origin ?? "an address that is not a URL");
}

/** Finds models by name; without a name, the configured one. */
class ConfiguredProvider implements ModelProvider {
  readonly #openai: OpenAIProvider | undefined;
  readonly #demo = new DemoModel();
  readonly #models = new Map<string, Model>();
  #default: Promise<Model> | undefined;

  constructor(
    private readonly options: ModelOptions,
    private readonly client: OpenAI | undefined,
  ) {
    if (client) this.#openai = new OpenAIProvider({ openAIClient: client, useResponses: options.api !== "chat_completions" });
  }

  async getModel(name?: string): Promise<Model> {
    const asked = this.#meant(name);
    const model = this.#meant(this.options.model);
    if (asked === DEMO_MODEL || (!asked && isDemo(this.options))) return this.#demo;
    if (!this.#openai) {
      const cause = new Error(`The agent wants the model "${asked}", but OPENAI_API_KEY is not set.`);
      throw new ChatKitError("model_unavailable", { reason: "no_key", allowRetry: false, cause });
    }
    if (asked || model === undefined) return this.#named(this.#openai, asked ?? getDefaultModel());
    return (this.#default ??= this.#defaultModel(this.#openai, model));
  }

  #meant(name: string | undefined): string | undefined {
    return name === undefined ? undefined : (this.options.aliases?.[name] ?? name);
  }

  async #named(openai: OpenAIProvider, name: string): Promise<Model> {
    const known = this.#models.get(name);
    if (known) return known;
    const sdks = await openai.getModel(name);
    const origin = originOf(this.client!.baseURL, name);
    const isChat = this.options.api === "chat_completions";
    const model = isChat ? new ChatModel(sdks, origin, false) : sdks;
    TELLING_ONCE.set(model, isChat ? new ChatModel(sdks, origin, true) : new OnceModel(this.client!, name));
    this.#models.set(name, model);
    return model;
  }

  async #defaultModel(openai: OpenAIProvider, name: string): Promise<Model> {
    const model = await this.#named(openai, name);
    const settings = getDefaultModelSettings(name);
    const made = new DefaultModel(model, settings);
    TELLING_ONCE.set(made, new DefaultModel(TELLING_ONCE.get(model) ?? model, settings));
    return made;
  }
}

/**
 * The configured model, used in place of the SDK's default. By then the SDK has put the settings of its own default model into the
 * request (a reasoning effort, a verbosity), which other models refuse: they are replaced by those for this model.
 */
class DefaultModel implements Model {
  constructor(
    private readonly model: Model,
    private readonly settings: ModelSettings,
  ) {}

  getResponse(request: ModelRequest) {
    return this.model.getResponse(this.#adapted(request));
  }

  getStreamedResponse(request: ModelRequest) {
    return this.model.getStreamedResponse(this.#adapted(request));
  }

  getRetryAdvice(args: Parameters<NonNullable<Model["getRetryAdvice"]>>[0]) {
    return this.model.getRetryAdvice?.(args);
  }

  #adapted(request: ModelRequest): ModelRequest {
    if (!settingsAreImplicit(request)) return request;
    const { reasoning: _effort, text: _verbosity, ...rest } = request.modelSettings;
    return { ...request, modelSettings: { ...this.settings, ...rest } };
  }
}

/** Whether the SDK has filled in the settings itself. The mark is not in its types; without it the request is not changed. */
function settingsAreImplicit(request: ModelRequest & { _internal?: { reasoningEffortImplicit?: boolean } }): boolean {
  return request._internal?.reasoningEffortImplicit === true;
}
