import { Agent, Runner } from "@openai/agents";
import { NotFoundError } from "../errors.ts";
import type { UserMessageItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { askedBy, type Logger, type RequestContext } from "../server/context.ts";
import { withoutRun, type Store } from "../store/store.ts";

export type TitleWish<C extends RequestContext> = {
  thread: ThreadMetadata;
  message: UserMessageItem | null;
  context: C;
  store: Store<C>;
  logger: Logger;
  /** @default one that uses the configured models */
  runner?: Runner;
  /** An agent that finds the title; true for the first words of the message, false for no title. @default true */
  title?: boolean | Agent<any, any>; // any: the agent may have any context and output type
};

/** A title that an agent is still thinking about. */
export type PendingTitle = {
  /** Waits a little for the title. One that comes later is stored, but the page only sees it when it loads the thread again. */
  ready(): Promise<void>;
};

const MAX_TITLE = 60;
/** How much of the message the agent reads, in characters: enough for a title, and cheap also when somebody pastes a book. */
const MAX_READ = 2000;
/** How long the end of an answer waits for the title. */
const WAIT_MS = 1000;

/** An agent that finds titles with this model. */
export function titleAgent(model: string): Agent<any, any> {
  const instructions =
    "Name the conversation that begins with this message, in two to five words and in its language. " +
    "Answer with the name alone: no quotes, no full stop, no answer to the message.";
  return new Agent({ name: "Titles", instructions, model });
}

/**
 * Gives a thread without a title one, by setting it on the hook's copy of the thread: the pipeline then stores and announces it. An agent
 * works while the answer streams; then a pending title is returned.
 */
export function startTitle<C extends RequestContext>(wish: TitleWish<C>): PendingTitle | undefined {
  const { thread, message, title = true } = wish;
  if (title === false || thread.title !== undefined || !message) return undefined;
  const text = textOf(message);
  if (text === "") return undefined;
  if (title !== true) return titleByAgent(wish, title, text);
  thread.title = shortened(text);
  return undefined;
}

function titleByAgent<C extends RequestContext>(wish: TitleWish<C>, agent: Agent<any, any>, text: string): PendingTitle {
  const { thread, context, store, logger, runner = new Runner() } = wish;
  let late = false;
  const give = async (title: string) => {
    if (title === "") return;
    if (!late) thread.title ??= title;
    // The run has ended, so it can write no more. Stored without it, unless a person has given a title meanwhile.
    else if (!context.signal.aborted) await nameLate(store, thread, title, withoutRun(context));
  };
  const asked = runner.run(agent, text.slice(0, MAX_READ).toWellFormed(), { signal: context.signal });
  const named = asked.then((result) => shortened(String(result.finalOutput ?? "").replace(/^["“'\s]+|["”'\s]+$/g, "")));
  // Without an answer of the agent, the first words of the message are the title.
  const given = named.then((title) => give(title || shortened(text)));
  // A failure here must not fail the answer, so it is only logged; not even that when the client has left.
  const settled = given.catch(async (err: unknown) => {
    if (context.signal.aborted) return;
    logger.warn({ thread_id: thread.id, ...askedBy(context), err }, "no title could be made: the first words are the title");
    await give(shortened(text));
  });
  context.waitUntil(settled);
  return {
    async ready() {
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(timeout.resolve, WAIT_MS);
      await Promise.race([settled.catch(() => {}), timeout.promise]);
      clearTimeout(timer);
      late = true;
    },
  };
}

async function nameLate<C>(store: Store<C>, { id }: ThreadMetadata, title: string, context: C): Promise<void> {
  try {
    await store.updateThread(id, (stored) => (stored.title === undefined ? { title } : {}), context);
  } catch (error) {
    // The thread was deleted meanwhile.
    if (!(error instanceof NotFoundError)) throw error;
  }
}

function textOf(message: UserMessageItem): string {
  const text = message.content.map((part) => (part.type === "input_tag" ? `@${part.text}` : part.text)).join(" ");
  return text.trim() || (message.attachments[0]?.name ?? "");
}

/** One line, cut between words. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= MAX_TITLE) return line;
  const cut = line.slice(0, MAX_TITLE);
  return `${cut.slice(0, cut.lastIndexOf(" ") > MAX_TITLE / 2 ? cut.lastIndexOf(" ") : MAX_TITLE - 1).toWellFormed().trimEnd()}…`;
}
