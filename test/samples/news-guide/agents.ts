import { Agent, tool } from "@openai/agents";
import { agentContext, assistantMessage, progress, type AgentContext, type RequestContext } from "chatkit-server";
import { z } from "zod";
import { articleList, articles, eventList, events, search } from "./newsroom.ts";

export type NewsContext = RequestContext & { /** What the reader has open. */ articleId?: string };

const searchEvents = tool({
  name: "search_events",
  description: "Finds events of a day (YYYY-MM-DD), or all.",
  parameters: z.object({ date: z.string().nullable() }),
  execute: ({ date }, run) => {
    agentContext(run).stream(progress(date ? `Looking up ${date}…` : "Looking up events…", "calendar"));
    return events.filter((one) => !date || one.date === date);
  },
});

const showEvents = tool({
  name: "show_event_list_widget",
  description: "Shows events as a timeline.",
  parameters: z.object({ ids: z.array(z.string()), message: z.string() }),
  execute: async ({ ids, message }, run) => {
    const chat = agentContext(run);
    const shown = events.filter(({ id }) => ids.includes(id));
    if (shown.length > 0) await chat.streamWidget(eventList(shown), shown.map(({ title }) => title).join(", "));
    chat.stream(assistantMessage(message));
    return "Shown.";
  },
});

export const eventFinder = new Agent({
  name: "Event finder",
  instructions: "You find what is on in town, and show it as a timeline.",
  tools: [searchEvents, showEvents],
  toolUseBehavior: { stopAtToolNames: ["show_event_list_widget"] },
});

export const puzzleKeeper = new Agent({ name: "Puzzle keeper", instructions: "You keep the puzzle corner: one riddle at a time." });

const currentPage = tool({
  name: "get_current_page",
  description: "The article the reader has open.",
  parameters: z.object({}),
  execute: (_, run) => {
    const chat = agentContext<AgentContext<NewsContext>>(run);
    const article = articles.find(({ id }) => id === chat.requestContext.articleId);
    chat.stream(progress(article ? "Reading along…" : "No article is open."));
    return article ?? "The reader has no article open.";
  },
});

const searchArticles = tool({
  name: "search_articles",
  description: "Finds articles by tag, author id or words.",
  parameters: z.object({ tag: z.string().nullable(), author: z.string().nullable(), words: z.string().nullable() }),
  execute: ({ tag, author, words }, run) => {
    agentContext(run).stream(progress(`Searching for ${tag ?? author ?? words ?? "everything"}…`, "search"));
    return search({ ...(tag && { tag }), ...(author && { author }), ...(words && { words }) });
  },
});

const showArticles = tool({
  name: "show_article_list_widget",
  description: "Shows articles to choose from.",
  parameters: z.object({ ids: z.array(z.string()).min(1), message: z.string() }),
  execute: async ({ ids, message }, run) => {
    const chat = agentContext(run);
    chat.stream(assistantMessage(message));
    const shown = articles.filter(({ id }) => ids.includes(id));
    await chat.streamWidget(articleList(shown), shown.map(({ title }) => title).join(", "));
    return "Shown.";
  },
});

export const newsGuide = new Agent({
  name: "News guide",
  instructions: "You guide a reader through the town's paper. <ARTICLE_REFERENCE> and <AUTHOR_REFERENCE> hold what was mentioned.",
  tools: [
    currentPage,
    searchArticles,
    showArticles,
    eventFinder.asTool({ toolName: "delegate_to_event_finder", toolDescription: "For what is on in town." }),
    puzzleKeeper.asTool({ toolName: "delegate_to_puzzle_keeper", toolDescription: "For riddles." }),
  ],
  // What the event finder shows is the whole answer.
  toolUseBehavior: { stopAtToolNames: ["show_article_list_widget", "delegate_to_event_finder"] },
});

export const titles = new Agent({ name: "Titles", instructions: "Name this chat with a newspaper in two to five words." });
