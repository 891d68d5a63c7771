import { loadConfig } from "../../src/config/load.ts";
import type { Environment } from "../../src/config/loaded.ts";
import { compose } from "../../src/runtime/compose.ts";
import { listen } from "../../src/runtime/process/listen.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { RunKeeper } from "../../src/server/runs/run-keeper.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { recordingLogger } from "./chat.ts";
import { Page } from "./page.ts";
import { ResponsesServer } from "./responses-server.ts";

/**
 * An agent served as the program serves it: configuration, loader, app and a listening port, in this process, with a scripted
 * model server behind it.
 */
export async function serveAgent(file: string | undefined, env: Environment = {}) {
  const model = new ResponsesServer();
  const flags = { databaseUrl: "memory:", ...(file !== undefined && { agent: file }) };
  const loaded = await loadConfig(flags, { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url, CHATKIT_MODEL: "fake", ...env });
  const logger = recordingLogger();
  const listener = listen({ host: "127.0.0.1", port: 0 });
  const store = new MemoryStore<RequestContext>();
  const library = () => import("../../src/index.ts");
  const { agent, app, contexts } = await compose({
    loaded,
    store,
    runs: new RunKeeper(store, logger),
    logger,
    publicUrl: listener.url,
    isDraining: () => false,
    isSchemaPending: () => false,
    library,
  });
  listener.open((request, server) => app.fetch(request, server));
  return {
    url: listener.url,
    model,
    store,
    lines: logger.lines,
    server: agent.server,
    /** A person's page; each has a chat of its own. */
    page: (user = "ada", headers: Record<string, string> = {}) => new Page(listener.url, { "x-user-id": user, ...headers }),
    /** Resolves when all work beside the streams has ended. */
    settled: () => contexts.settled(),
    async stop(): Promise<void> {
      await listener.stop(true);
      await agent.close();
      await model.stop();
    },
  };
}

export type ServedAgent = Awaited<ReturnType<typeof serveAgent>>;
