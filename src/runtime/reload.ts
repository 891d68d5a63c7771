import { watchAgent } from "../agents/loading/watch.ts";
import type { Loaded } from "../config/loaded.ts";
import { fileKey, OPTION_NAMES, type Config, type OptionName } from "../config/options.ts";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import type { Composition } from "./compose.ts";
import type { Rotation } from "./rotation.ts";

type ReloadOptions = {
  rotation: Rotation;
  loaded: Loaded;
  /** Loads the agent as it is on disk now, with its routes. */
  compose: (loaded: Loaded) => Promise<Composition>;
  /** Called with a configuration once its agent answers. */
  onConfig?: (config: Config) => void;
  logger: Logger;
  /** The time limit of one load: a module that never finishes loading must not block its corrected version. @default 30000 */
  withinMs?: number;
};

/** What a new configuration changes in a running process; every other option needs a new one. */
const RELOADED: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(["agent", "model", "titleModel", "modelApi", "modelAliases", "openaiBaseUrl", "openaiApiKey"] as const),
  ...(["authHeader", "trustedProxies", "jwtSecret", "jwtPublicKeyFile", "jwtJwksUrl", "jwtIssuer", "jwtAudience", "jwtUserClaim"] as const),
  ...(["corsOrigins", "allowedHosts", "maxBodyBytes", "playground", "heartbeat", "writeTimeout", "logLevel"] as const),
]);

/** Loads the agent again while the old one answers; if that fails, the old one stays. One at a time. */
export class Reload {
  readonly #options: ReloadOptions;
  #loaded: Loaded;
  #running = Promise.resolve();
  #stopWatching: (() => void) | undefined;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#loaded = options.loaded;
  }

  /** Reloads whenever a file of the agent changes. */
  watch(): void {
    const { agent: file } = this.#loaded.config;
    this.#stopWatching?.();
    const reload = () => this.#next(() => this.#replace(this.#loaded));
    this.#stopWatching = file === undefined ? () => {} : watchAgent({ file, reload, onError: (error) => tellBroken(this.#options.logger, error) });
  }

  stopWatching(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  /** Reads the configuration again, with the files that it names, and loads the agent with it. Never throws. */
  everything(): Promise<void> {
    return this.#next(async () => {
      const before = this.#loaded.config;
      const read = await this.#loaded.again();
      const changed = OPTION_NAMES.filter((name) => !Bun.deepEquals(before[name], read.config[name]));
      const taken = Object.fromEntries(changed.filter((name) => RELOADED.has(name)).map((name) => [name, read.config[name]]));
      const next = { ...read, config: { ...before, ...taken } };
      await this.#replace(next);
      this.#loaded = next;
      this.#options.onConfig?.(next.config);
      if (this.#stopWatching && "agent" in taken) this.watch();
      const left = changed.filter((name) => !RELOADED.has(name)).map(fileKey);
      if (left.length > 0) this.#options.logger.warn({ options: left }, "these options have changed, and take effect with the next start");
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    return (this.#running = this.#running.then(work).catch((error: unknown) => tellBroken(this.#options.logger, error)));
  }

  async #replace(loaded: Loaded): Promise<void> {
    const { compose, rotation, logger, withinMs = 30_000 } = this.#options;
    const next = await inTime(compose(loaded), withinMs);
    rotation.replace(next);
    logger.info({ agent: await next.agent.describe() }, "the agent has been loaded anew");
  }
}

function tellBroken(logger: Logger, error: unknown): void {
  logger.error(error instanceof ChatKitError ? {} : { err: error }, `the agent from before stays, what has changed cannot be loaded: ${inOneLine(error)}`);
}

function inOneLine(error: unknown): string {
  return error instanceof ChatKitError ? error.message.replace(/\s*\n\s*/g, "; ") : "something unforeseen";
}

/** Makes the first agent. A broken one is waited for when it is watched: the developer mends it, and starts nothing anew. */
export async function firstComposition(loaded: Loaded, compose: (fresh: boolean) => Promise<Composition>, logger: Logger): Promise<Composition> {
  const { watch, agent } = loaded.config;
  for (let fresh = false; ; fresh = true) {
    try {
      return await compose(fresh);
    } catch (error) {
      if (!watch || agent === undefined) throw error;
      logger.error(error instanceof ChatKitError ? {} : { err: error }, `the agent cannot be loaded, and is tried again when it has changed: ${inOneLine(error)}`);
      await changeOf(agent, logger);
    }
  }
}

/** Resolves when a file of the agent has changed. */
async function changeOf(file: string, logger: Logger): Promise<void> {
  const changed = Promise.withResolvers<void>();
  const reload = async () => changed.resolve();
  const stop = watchAgent({ file, reload, onError: (err) => logger.warn({ err }, "the agent's files cannot be watched") });
  await changed.promise;
  stop();
}

async function inTime(composing: Promise<Composition>, withinMs: number): Promise<Composition> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // Too late to be used: once it is loaded it is closed again, and its errors are ignored.
    void composing.then(({ agent }) => agent.close()).catch(() => {});
    late.reject(new ChatKitError("config_invalid", { message: `it has not finished loading after ${withinMs / 1000} s` }));
  }, withinMs);
  return Promise.race([composing, late.promise]).finally(() => clearTimeout(timer));
}
