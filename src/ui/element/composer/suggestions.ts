import type { Command, CommandSelection, Entity } from "@openai/chatkit";
import { queryBefore, type Query, type Tags } from "./content.ts";
import type { Dictation } from "./dictation.ts";
import { Menu, type MenuEntry } from "./menu.ts";
import type { ComposerPorts } from "./ports.ts";

/** The part of the composer that a suggestion changes. */
type Target = {
  readonly ports: ComposerPorts;
  readonly tags: Tags;
  readonly menu: Menu | undefined;
  readonly dictation: Dictation;
  open(menu: Menu | undefined): void;
  insert(text: string, from?: number): void;
  insertEntity(entity: Entity, from?: number): void;
  chooseTool(id: string | null): void;
};

/** What can be chosen while `@` or `/` is typed: entities and commands of the page, and the composer's own. */
export class Suggestions {
  #asked = 0;

  constructor(private readonly composer: Target) {}

  look(text: string, caret: number): void {
    const query = queryBefore(text, caret, this.composer.tags);
    const asked = ++this.#asked;
    if (query) void this.#show(query, asked);
    else if (this.composer.menu?.kind === "query") this.composer.open(undefined);
  }

  async #show(query: Query, asked: number): Promise<void> {
    const { ports } = this.composer;
    const { entities, commands } = ports.options();
    const isTag = query.trigger === "@";
    if (isTag ? !entities?.onTagSearch : !commands?.enabled) return;
    const entries = await (isTag ? this.#entities(query) : this.#commands(query)).catch((error: unknown) => this.#failed(error));
    // Another key was pressed meanwhile, and has asked again.
    if (asked === this.#asked) this.#open(isTag ? "mention" : "commands", entries);
  }

  async #entities({ text, from }: Query): Promise<MenuEntry[]> {
    const found = (await this.composer.ports.options().entities?.onTagSearch?.(text)) ?? [];
    return found.map((entity) => entityEntry(entity, () => this.composer.insertEntity(entity, from)));
  }

  async #commands({ text, from }: Query): Promise<MenuEntry[]> {
    const found = (await this.composer.ports.options().commands?.onSearch?.(text)) ?? [];
    const own = this.#own(from).filter(({ label }) => label.toLocaleLowerCase().includes(text.toLocaleLowerCase()));
    return [...found.map((command) => this.#command(command, from)), ...own];
  }

  /** The composer's own commands, as far as the page's options allow them. */
  #own(from: number): MenuEntry[] {
    const { ports } = this.composer;
    const { composer, entities } = ports.options();
    const say = ports.say();
    const entry = (id: string, label: string, icon: string, choose: () => void): MenuEntry => ({ id, label, icon, choose: () => (this.composer.insert("", from), choose()) });
    return [
      ...(composer?.attachments?.enabled ? [entry("attach", say("attach"), "lucide:paperclip", () => filePicker(ports.field())?.click())] : []),
      ...(composer?.dictation?.enabled ? [entry("dictate", say("dictate"), "lucide:mic", () => void this.composer.dictation.toggle())] : []),
      ...(entities?.onTagSearch ? [entry("mention", say("mention"), "lucide:at-sign", () => this.mention())] : []),
      ...(composer?.tools ?? []).map((tool) => entry(tool.id, tool.label, tool.icon, () => this.composer.chooseTool(tool.id))),
      entry("new", say("newChat"), "compose", ports.newThread),
    ];
  }

  /** Opens the list of entities, as if `@` were typed. */
  mention(): void {
    const { ports } = this.composer;
    ports.field()?.focus();
    this.composer.insert("@");
    const field = ports.field();
    if (field) this.look(field.value, field.selectionStart);
  }

  #command(command: Command, from: number): MenuEntry {
    const { id, label, description, icon, group } = command;
    return { id, label, description, icon, group, choose: () => void this.#run(command, from).catch((error: unknown) => this.#failed(error)) };
  }

  async #run(command: Command, from: number): Promise<void> {
    const { onSelect } = this.composer.ports.options().commands ?? {};
    const selection = (await onSelect?.(command)) as CommandSelection | undefined;
    if (selection?.type === "menu") return this.#open("commands", selection.commands.map((one) => this.#command(one, from)));
    if (selection?.type === "entity") return this.composer.insertEntity(selection.entity, from);
    this.composer.insert("", from);
  }

  #open(label: "mention" | "commands", entries: MenuEntry[]): void {
    const { ports } = this.composer;
    this.composer.open(new Menu("query", ports.say()(label), entries, ports.changed));
  }

  #failed(error: unknown): MenuEntry[] {
    this.composer.ports.emit("chatkit.error", { error: error instanceof Error ? error : new Error(String(error)) });
    return [];
  }
}

function entityEntry(entity: Entity, choose: () => void): MenuEntry {
  return { id: entity.id, label: entity.title, icon: entity.icon, group: entity.group, choose };
}

function filePicker(field: HTMLElement | null): HTMLInputElement | null {
  return (field?.getRootNode() as ShadowRoot | undefined)?.querySelector<HTMLInputElement>("input[type=file]") ?? null;
}
