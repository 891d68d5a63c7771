/**
 * Exported workflows: a file that OpenAI's Agent Builder has written is mended (`mended-workflow.ts`), loaded, and answers messages as an
 * agent does. What the file does is never changed here: its agents are run as it says, and seen while they run.
 */
import { ChatKitError, CustomStreamError } from "../../errors.ts";
import type { Action } from "../../protocol/actions.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { ThreadItem, UserMessageItem, WidgetItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { ChatKitServer, type Ports } from "../../server/chatkit-server.ts";
import { askedBy, type RequestContext } from "../../server/context.ts";
import { inBursts, type Burst } from "../../server/streams/burst.ts";
import { AgentContext } from "../agent-context.ts";
import { ALREADY_DECIDED, approvalAnswered, approvalDecision, hasMovedOn } from "../approvals/approval-decision.ts";
import { answeredWidget, asksAbout, outcomeOf } from "../approvals/approval-widget.ts";
import { ThreadItemConverter } from "../input/thread-item-converter.ts";
import { answeringRunner } from "../models/model-provider.ts";
import { keepRequests } from "../models/module-client.ts";
import { startTitle, titleAgent, type PendingTitle } from "../titles.ts";
import { finishTurn } from "./finish-turn.ts";
import { Journal } from "./journal.ts";
import { earlierTurns, messageInput, splitTurn } from "./memory.ts";
import { currentTurn, WorkflowTurn } from "./turn.ts";
import type { Workflow } from "./workflow.ts";

keepRequests(() => {
  const journal = currentTurn()?.start.journal;
  return journal && ((key, send) => journal.request(key, send));
});

const HISTORY_ITEMS = 100;
const TIMEOUT_MS = 1_800_000;

type Prepared = { thread: ThreadMetadata; context: RequestContext; items: ThreadItem[]; journal?: Journal };

/** Answers messages with an exported workflow. */
export class WorkflowServer extends ChatKitServer {
  readonly #converter = new ThreadItemConverter();

  constructor(
    private readonly ports: Ports,
    private readonly workflow: Workflow,
  ) {
    super(ports);
  }

  override respond(thread: ThreadMetadata, message: UserMessageItem | null, context: RequestContext): AsyncGenerator<ThreadStreamEvent> {
    return inBursts(() => this.#respond(thread, message, context));
  }

  /** Answers the buttons of a card with which the workflow has asked. */
  override action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext): AsyncIterable<ThreadStreamEvent> {
    const decision = approvalDecision(action);
    if (!decision || !sender) return super.action(thread, action, sender, context);
    return inBursts(() => this.#decide({ thread, context }, decision, sender));
  }

  async *#respond(thread: ThreadMetadata, message: UserMessageItem | null, context: RequestContext): AsyncGenerator<Burst<ThreadStreamEvent>> {
    const items = await this.store.recentItems(thread.id, HISTORY_ITEMS, context);
    if (message) return yield* this.#turn({ thread, context, items });
    const call = items.findLast((item) => item.type === "client_tool_call");
    const journal = await this.#takeJournal(thread, context);
    if (!call || !journal?.reply(call.call_id, { approve: true, output: call.output ?? null })) {
      throw new CustomStreamError("This can no longer be answered: the conversation has gone on.");
    }
    yield* this.#turn({ thread, context, items, journal });
  }

  async *#decide(
    { thread, context }: Pick<Prepared, "thread" | "context">,
    decision: { callId: string; approve: boolean },
    sender: WidgetItem,
  ): AsyncGenerator<Burst<ThreadStreamEvent>> {
    const { callId } = decision;
    // Of a card without a button for it, a yes is made up.
    const approve = outcomeOf(sender.widget, decision) === "Approved";
    const items = await this.store.recentItems(thread.id, HISTORY_ITEMS, context);
    const journal = asksAbout(sender.widget, callId) && !hasMovedOn(items, sender) ? await this.#takeJournal(thread, context) : undefined;
    if (!asksAbout(sender.widget, callId)) return yield ALREADY_DECIDED;
    if (!journal?.reply(callId, { approve })) {
      if (journal) await journal.save(new AgentContext({ thread, store: this.store, requestContext: context }));
      return yield { type: "thread.item.replaced", item: { ...sender, widget: answeredWidget(sender.widget, "No longer open") } };
    }
    this.audit({ event: "approval_decided", ...askedBy(context), approved: approve, tool: journal.entries.tools[callId] ?? "", call_id: callId, thread_id: thread.id });
    yield approvalAnswered(sender, decision);
    yield* this.#turn({ thread, context, items, journal });
  }

  async #takeJournal(thread: ThreadMetadata, context: RequestContext): Promise<Journal | undefined> {
    const taken = await this.store.takeRunState(thread.id, context);
    return taken === null ? undefined : Journal.parse(taken);
  }

  async *#turn({ thread, context, items, journal }: Prepared): AsyncGenerator<Burst<ThreadStreamEvent>> {
    const { before, message } = splitTurn(items);
    if (!message) throw new ChatKitError("internal", { cause: new Error("A workflow is asked without a message.") });
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), TIMEOUT_MS);
    const signal = AbortSignal.any([context.signal, limit.signal]);
    const itemContext = { store: this.store, requestContext: context, ...(this.attachmentStore && { attachmentStore: this.attachmentStore }) };
    const [earlier, { text, attached }] = await Promise.all([
      earlierTurns(before, this.#converter, itemContext),
      messageInput(message, this.#converter, itemContext),
    ]);
    const chat = new AgentContext({ thread, store: this.store, requestContext: context, recentItems: items, attachmentStore: this.attachmentStore });
    const begun = journal ?? Journal.begin(text);
    // Saved with the answer: should this process die now, the same answer sent again goes on from here.
    if (journal) await journal.save(chat);
    const { places, isGuarded } = this.workflow;
    const settings = { toolActivity: "workflow", streamConverter: undefined, logger: this.logger } as const;
    const turn = new WorkflowTurn({ chat, journal: begun, places, isGuarded, earlier, attached, signal, ...settings });
    try {
      const title = isGuarded || journal ? undefined : this.#title(thread, message, context);
      const name = (safe: string) => this.#title(thread, { ...message, content: [{ type: "input_text", text: safe }] }, context);
      const finishing = finishTurn(turn, this.workflow, message, { isResumed: journal !== undefined, title: title ?? (isGuarded ? name : undefined) });
      finishing.catch(() => {});
      while (await turn.outbox.more()) yield turn.outbox.take();
      await finishing;
    } catch (error) {
      throw limit.signal.aborted ? new ChatKitError("model_timeout", { cause: error }) : error;
    } finally {
      clearTimeout(timer);
      limit.abort();
    }
  }

  #title(thread: ThreadMetadata, message: UserMessageItem, context: RequestContext): PendingTitle | undefined {
    const { titleModel } = this.ports;
    const title = titleModel === undefined ? true : titleAgent(titleModel);
    return startTitle({ thread, message, context, store: this.store, logger: this.logger, runner: answeringRunner(), title });
  }
}
