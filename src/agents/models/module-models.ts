import {
  OpenAIChatCompletionsModel,
  OpenAIProvider,
  OpenAIResponsesModel,
  setDefaultModelProvider,
  setDefaultOpenAIClient,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type StreamEvent,
} from "@openai/agents";
import type OpenAI from "openai";
import { ChatModel } from "./chat/model.ts";
import { originOf } from "./kept-call.ts";
import { inDialect } from "./model-client.ts";
import { ModuleClient } from "./module-client.ts";

class ChatCompletionsModel extends OpenAIChatCompletionsModel {
  readonly #returning: Model;

  constructor(...[client, name, options]: ConstructorParameters<typeof OpenAIChatCompletionsModel>) {
    super(inDialect(client), name, options);
    const sdks: Model = {
      getResponse: (request) => super.getResponse(request),
      getStreamedResponse: (request) => super.getStreamedResponse(request),
    };
    this.#returning = new ChatModel(sdks, originOf(client.baseURL, name), false);
  }

  override getResponse(request: ModelRequest): Promise<ModelResponse> {
    return this.#returning.getResponse(request);
  }

  override getStreamedResponse(request: ModelRequest): AsyncGenerator<StreamEvent> {
    return this.#returning.getStreamedResponse(request) as AsyncGenerator<StreamEvent>;
  }
}

class ResponsesModel extends OpenAIResponsesModel {
  constructor(...[client, ...rest]: ConstructorParameters<typeof OpenAIResponsesModel>) {
    super(inDialect(client), ...rest);
  }
}

type ProviderOptions = NonNullable<ConstructorParameters<typeof OpenAIProvider>[0]>;

class Provider extends OpenAIProvider {
  readonly #client: OpenAI | undefined;
  readonly #returning = new WeakMap<Model, ChatModel>();

  constructor(options: ProviderOptions = {}) {
    const { apiKey, baseURL, organization, project, openAIClient, ...rest } = options;
    const own = { apiKey, baseURL, organization, project };
    const isOwn = Object.values(own).some((value) => value !== undefined);
    const client = openAIClient ?? (isOwn ? new ModuleClient(own) : undefined);
    super(client ? { ...rest, openAIClient: inDialect(client) } : rest);
    this.#client = client;
  }

  override async getModel(name?: string): Promise<Model> {
    const model = await super.getModel(name);
    // Without a client of its own it has the default one, whose address is not told.
    if (!(model instanceof OpenAIChatCompletionsModel)) return model;
    const returning = this.#returning.get(model) ?? new ChatModel(model, originOf(this.#client?.baseURL ?? "", name ?? ""), false);
    this.#returning.set(model, returning);
    return returning;
  }
}

/** Makes a client the one of all agents that have no model or the name of one. */
function setDefaultClient(client: OpenAI): void {
  setDefaultOpenAIClient(inDialect(client));
  setDefaultModelProvider(new Provider());
}

/**
 * What modules get of the SDK in place of its own: with a client of the module's own, too, a server that only resembles OpenAI's is
 * understood as the configured one is.
 */
export const MODULE_MODELS = {
  OpenAIChatCompletionsModel: ChatCompletionsModel,
  OpenAIResponsesModel: ResponsesModel,
  OpenAIProvider: Provider,
  setDefaultOpenAIClient: setDefaultClient,
};
