import type { Action } from "../../protocol/actions.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { UserMessageItem, WidgetItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { ChatKitServer, type Ports } from "../../server/chatkit-server.ts";
import type { RequestContext } from "../../server/context.ts";
import type { LoadedAgent } from "./load-agent-server.ts";

type Answer = AsyncIterable<ThreadStreamEvent>;

/**
 * An agent that is loaded when it is first needed, by a message or by `describe`. Until then, threads can be listed and read.
 * @param load loads an agent that has no routes and no context function
 */
export function lateAgent(ports: Ports, load: () => Promise<LoadedAgent>): LoadedAgent {
  const server = new LateServer(ports, load);
  return { server, describe: async () => (await server.loaded()).describe(), models: async () => (await server.loaded()).models(), close: async () => {} };
}

class LateServer extends ChatKitServer {
  #answering: ChatKitServer | undefined;
  #loading: Promise<LoadedAgent> | undefined;

  constructor(
    ports: Ports,
    private readonly load: () => Promise<LoadedAgent>,
  ) {
    super(ports);
  }

  loaded(): Promise<LoadedAgent> {
    return (this.#loading ??= this.#load());
  }

  override respond(thread: ThreadMetadata, message: UserMessageItem | null, context: RequestContext): Answer {
    return this.#by((server) => server.respond(thread, message, context));
  }

  override action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext): Answer {
    return this.#by((server) => server.action(thread, action, sender, context));
  }

  /** Once the agent is loaded it is called directly: a generator in between would cost time for each delta. */
  #by(answer: (server: ChatKitServer) => Answer): Answer {
    return this.#answering ? answer(this.#answering) : this.#late(answer);
  }

  async *#late(answer: (server: ChatKitServer) => Answer): AsyncGenerator<ThreadStreamEvent> {
    yield* answer((await this.loaded()).server);
  }

  async #load(): Promise<LoadedAgent> {
    const loaded = await this.load();
    this.#answering = loaded.server;
    return loaded;
  }
}
