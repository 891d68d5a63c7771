import {
  AgentServer,
  assistantMessage,
  NotFoundError,
  parseAction,
  ThreadItemConverter,
  type Action,
  type InputTag,
  type Ports,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserMessageItem,
  type WidgetItem,
} from "chatkit-server";
import type { Hono } from "hono";
import { z } from "zod";
import { eventFinder, newsGuide, puzzleKeeper, titles, type NewsContext } from "./agents.ts";
import { articles, eventList, events, search, tags } from "./newsroom.ts";

/** What was mentioned goes to the model by its id: it can look the rest up. */
class NewsTags extends ThreadItemConverter {
  override async tagToMessageContent({ id, text, data }: InputTag) {
    const reference = data["type"] === "author" ? "AUTHOR_REFERENCE" : "ARTICLE_REFERENCE";
    return { type: "input_text" as const, text: `${text}: <${reference}>${data["author_id"] ?? data["article_id"] ?? id}</${reference}>` };
  }
}

/** The tools of the composer's menu that are agents. */
const CHOSEN = { event_finder: eventFinder, puzzle: puzzleKeeper };

export default class NewsGuide extends AgentServer<NewsContext> {
  constructor(ports: Ports<NewsContext>) {
    super(ports, { agent: newsGuide, converter: new NewsTags(), title: titles, toolActivity: "off" });
  }

  protected override selectAgent(_thread: ThreadMetadata, message: UserMessageItem | null) {
    const choice = message?.inference_options.tool_choice?.id;
    return choice === "event_finder" || choice === "puzzle" ? CHOSEN[choice] : newsGuide;
  }

  override action(
    thread: ThreadMetadata,
    action: Action,
    sender: WidgetItem | null,
    context: NewsContext,
  ): AsyncIterable<ThreadStreamEvent> {
    if (action.type === "open_article") return this.#offer(parseAction(action, z.object({ id: z.string() })).id);
    if (action.type === "view_event" && sender) return this.#open(action, sender);
    return super.action(thread, action, sender, context);
  }

  async *#offer(id: string): AsyncGenerator<ThreadStreamEvent> {
    const title = articles.find((one) => one.id === id)?.title ?? "this article";
    yield assistantMessage(`Shall I sum up _${title}_?`);
  }

  async *#open(action: Action, sender: WidgetItem): AsyncGenerator<ThreadStreamEvent> {
    const { id, ids } = parseAction(action, z.object({ id: z.string(), ids: z.array(z.string()) }));
    const widget = eventList(
      events.filter((one) => ids.includes(one.id)),
      id,
    );
    yield { type: "thread.item.updated", item_id: sender.id, update: { type: "widget.root.updated", widget } };
  }
}

/** The page says in a header which article is open. */
export function context(request: Request, base: RequestContext): NewsContext {
  const articleId = request.headers.get("article-id");
  return articleId ? { ...base, articleId } : base;
}

export function routes(app: Hono, ports: Ports<NewsContext>): void {
  app.get("/articles/featured", (c) => c.json({ articles: search({ tag: "featured" }) }));
  app.get("/articles/tags", (c) => c.json({ tags: tags() }));
  app.get("/articles/:id", async (c) => {
    const { userId } = await ports.requestContext(c.req.raw);
    const article = articles.find(({ id }) => id === c.req.param("id"));
    if (!article) throw new NotFoundError(`There is no article ${c.req.param("id")}.`);
    return c.json({ article, reader: userId });
  });
}
