import type { RequestContext } from "../../server/context.ts";
import { persist } from "../../server/runs/kept-run.ts";
import type { AgentContext } from "../agent-context.ts";

/** What a person or the page answered to a question. */
type Reply = { approve: boolean; output?: unknown };
/** A run of an agent that is over, or that waits for replies to these calls. `isShown` when its text is in the chat already. */
type JournalRun = { state: string; waitsFor?: string[]; isShown?: boolean };

type Entries = {
  /** The text that the turn began with. */
  input: string;
  runs: Record<string, JournalRun>;
  /** Answers to the file's own requests to the model server, by a hash of the request. */
  requests: Record<string, string[]>;
  replies: Record<string, Reply>;
  /** The tool that a question is about, by the question's id. */
  tools: Record<string, string>;
};

/** A question that was asked: its id, and the tool that it is about. */
export type Asked = { callId: string; tool: string };

/** `asked` has the ids of the questions that are open: the name that a paused run of an `AgentServer` has it under, too. */
type Stored = { asked: string[]; workflow: Entries };

/**
 * What a turn of a workflow has done so far. A workflow that waits for a person is begun again from its first line after the answer, and
 * everything in the journal is taken from there: no model is called a second time.
 */
export class Journal {
  readonly #counts = new Map<string, number>();

  private constructor(
    readonly entries: Entries,
    readonly asked: string[],
  ) {}

  static begin(input: string): Journal {
    return new Journal({ input, runs: {}, requests: {}, replies: {}, tools: {} }, []);
  }

  static parse(text: string): Journal | undefined {
    const { asked, workflow } = JSON.parse(text) as Partial<Stored>;
    return workflow && asked ? new Journal(workflow, asked) : undefined;
  }

  /** The key of what is done now: the first, second … of that name in this pass through the file. */
  next(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return `${name}#${count}`;
  }

  ask(questions: readonly Asked[]): void {
    for (const { callId, tool } of questions) {
      if (!this.asked.includes(callId)) this.asked.push(callId);
      this.entries.tools[callId] = tool;
    }
  }

  /** Records the answer to an open question; the first answer counts. @returns whether the question is of this turn */
  reply(callId: string, reply: Reply): boolean {
    if (!this.asked.includes(callId)) return false;
    this.entries.replies[callId] ??= reply;
    return true;
  }

  /** The answer to a request of the file: from the journal, or by sending it, whose text is then kept. */
  async request(key: string, send: () => Promise<Response>): Promise<Response> {
    const index = Number(this.next(key).split("#").at(-1));
    const kept = this.entries.requests[key]?.[index];
    if (kept !== undefined) return new Response(kept, { headers: { "content-type": "application/json" } });
    const response = await send();
    if (!response.ok || !response.headers.get("content-type")?.includes("json")) return response;
    const text = await response.text();
    (this.entries.requests[key] ??= [])[index] = text;
    return new Response(text, { headers: { "content-type": "application/json" } });
  }

  async save(context: AgentContext<any>): Promise<void> {
    const stored: Stored = { asked: this.asked, workflow: this.entries };
    const { store, thread, requestContext } = context;
    await persist(requestContext as RequestContext, () => store.saveRunState(thread.id, JSON.stringify(stored), requestContext));
  }
}
