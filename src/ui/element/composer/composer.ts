/**
 * The composer: what is typed, attached and chosen for the next message. It never sends by itself: `submit` hands the message to the
 * element, and `restore` takes back one that was not sent.
 */
import type { Attachment, Entity, ModelOption, ToolOption, UserMessageContent } from "@openai/chatkit";
import type { UserMessageInput } from "../../../protocol/input.ts";
import { contentOf, editable, type Tags } from "./content.ts";
import { Dictation } from "./dictation.ts";
import type { Menu } from "./menu.ts";
import type { ComposerPorts } from "./ports.ts";
import { Suggestions } from "./suggestions.ts";
import { Uploads } from "./uploads.ts";

type ComposerValue = {
  text?: string;
  content?: UserMessageContent[];
  reply?: string;
  attachments?: Attachment[];
  files?: File[];
  selectedToolId?: string | null;
  selectedModelId?: string;
};

const MOST_PROBLEMS = 5;

export class Composer {
  text = "";
  tags: Tags = new Map();
  quote: string | undefined;
  toolId: string | null = null;
  modelId: string | undefined;
  menu: Menu | undefined;
  /** What went wrong with files or the microphone, one sentence each. */
  problems: readonly string[] = [];
  readonly uploads: Uploads;
  readonly suggestions: Suggestions;
  #dictation: Dictation | undefined;
  #threadId: string | undefined;

  constructor(readonly ports: ComposerPorts) {
    this.uploads = new Uploads(() => {
      const { connection, changed, options } = ports;
      const { api, composer } = options();
      const strategy = ("uploadStrategy" in api ? api.uploadStrategy : undefined) ?? { type: "two_phase" };
      const refused = (file: { name: string; count: number }, why: "wrongType" | "tooLarge" | "tooMany" | "uploadFailed", error?: unknown) => {
        if (error instanceof Error) ports.emit("chatkit.error", { error });
        this.#tell(ports.say()(why, file));
      };
      return { connection: connection(), strategy, rules: composer?.attachments ?? { enabled: false }, changed, refused };
    });
    this.suggestions = new Suggestions(this);
  }

  get dictation(): Dictation {
    const { connection, changed, say } = this.ports;
    const failed = (error: unknown) => {
      this.ports.emit("chatkit.error", { error: error instanceof Error ? error : new Error(String(error)) });
      this.#tell(say()("dictateFailed"));
    };
    return (this.#dictation ??= new Dictation(connection(), { changed, failed, heard: (text) => this.insert(text) }));
  }

  get canSend(): boolean {
    return !this.uploads.isBusy && (this.text.trim() !== "" || this.uploads.attachments.length > 0);
  }

  /** The tool that is chosen, as long as the page's options have it. */
  get tool(): ToolOption | undefined {
    return this.ports.options().composer?.tools?.find(({ id }) => id === this.toolId);
  }

  /** The model that is chosen, or else the one that the page's options begin with. */
  get model(): ModelOption | undefined {
    const models = this.ports.options().composer?.models ?? [];
    return models.find(({ id }) => id === this.modelId) ?? models.find((one) => one.default) ?? models.find(({ disabled }) => !disabled);
  }

  /** Call when the thread changes: shows the draft of the new one. */
  enter(threadId: string | undefined): void {
    this.#threadId = threadId;
    const { text = "", tags = [] } = this.ports.drafts().read(threadId) ?? {};
    this.#set(text, new Map(tags));
    this.uploads.clear();
    this.quote = undefined;
    this.problems = [];
  }

  /** Call when a new thread has got its id: the draft is stored under it. */
  moveDraft(threadId: string): void {
    if (this.#threadId !== undefined) return;
    this.ports.drafts().write(undefined, { text: "", tags: [] });
    this.#threadId = threadId;
    this.#keep();
  }

  /** Call with each input of the person. */
  type(text: string, caret: number): void {
    this.text = text;
    this.problems = [];
    this.#keep();
    this.suggestions.look(text, caret);
    this.ports.changed();
  }

  /** Inserts text at the caret, in place of what is between `from` and the caret. */
  insert(text: string, from?: number): void {
    const field = this.ports.field();
    const start = from ?? field?.selectionStart ?? this.text.length;
    const end = field?.selectionEnd ?? this.text.length;
    const space = from === undefined && start > 0 && !/\s$/.test(this.text.slice(0, start)) && text !== "" && !/^\s/.test(text) ? " " : "";
    this.#set(this.text.slice(0, start) + space + text + this.text.slice(end), this.tags);
    field?.setSelectionRange(start + space.length + text.length, start + space.length + text.length);
  }

  insertEntity(entity: Entity, from?: number): void {
    this.tags = new Map(this.tags).set(entity.title, entity);
    this.insert(`@${entity.title} `, from);
  }

  async set({ text, content, reply, attachments, files, selectedToolId, selectedModelId }: ComposerValue): Promise<void> {
    if (content) {
      const { text, tags } = editable(content);
      this.#set(text, tags);
    } else if (text !== undefined) this.#set(text, new Map());
    if (reply !== undefined) this.quote = reply === "" ? undefined : reply;
    if (attachments) this.uploads.put(attachments);
    if (selectedToolId !== undefined) this.chooseTool(selectedToolId);
    if (selectedModelId !== undefined) this.modelId = selectedModelId;
    this.ports.changed();
    if (files) await this.uploads.add(files);
  }

  /** Uploads files that were chosen, dropped or pasted. */
  attach(files: Iterable<File>): void {
    this.problems = [];
    void this.uploads.add(files);
  }

  chooseTool(id: string | null): void {
    if (this.toolId === id) return;
    this.toolId = id;
    this.ports.emit("chatkit.tool.change", { toolId: id });
    this.ports.changed();
  }

  setQuote(quote: string | undefined): void {
    this.quote = quote;
    this.ports.changed();
    this.ports.field()?.focus();
  }

  submit(): void {
    if (!this.canSend) return;
    const { tool, model } = this;
    const attachments = this.uploads.attachments;
    const input = {
      content: contentOf(this.text, this.tags) as UserMessageInput["content"],
      attachments: attachments.map(({ id }) => id),
      ...(this.quote !== undefined && { quoted_text: this.quote }),
      inference_options: { ...(tool && { tool_choice: { id: tool.id } }), ...(model && { model: model.id }) },
    };
    this.ports.drafts().sent(this.#threadId, { text: this.text, tags: [...this.tags] });
    this.#set("", new Map());
    this.quote = undefined;
    this.uploads.clear();
    if (!tool?.persistent) this.chooseTool(null);
    this.ports.submit(input, attachments);
  }

  /** Puts back a message that was not sent, unless something new has been typed meanwhile. */
  restore({ content, quoted_text }: UserMessageInput): void {
    if (this.text !== "") return;
    const { text, tags } = editable(content as UserMessageContent[]);
    this.ports.drafts().received();
    this.#set(text, tags);
    this.quote = quoted_text;
  }

  open(menu: Menu | undefined): void {
    this.menu = menu;
    this.ports.changed();
  }

  #tell(problem: string): void {
    this.problems = [...this.problems.filter((one) => one !== problem), problem].slice(-MOST_PROBLEMS);
    this.ports.changed();
  }

  #set(text: string, tags: Tags): void {
    this.text = text;
    this.tags = tags;
    const field = this.ports.field();
    // Set at once, not with the next rendering, because the caret is set right after it.
    if (field) field.value = text;
    this.#keep();
    this.menu = undefined;
    this.ports.changed();
  }

  #keep(): void {
    this.ports.drafts().write(this.#threadId, { text: this.text, tags: [...this.tags] });
  }
}
