import type { ChatKitOptions, Entity } from "@openai/chatkit";
import type { StructuredInputSubmission } from "../../../protocol/structured-input.ts";
import type { Action } from "../../../protocol/actions.ts";
import type { WidgetItem } from "../../../protocol/items.ts";
import type { Locale, Say } from "../locale/texts.ts";
import type { ThreadState } from "../thread/state.ts";

export type ActionSource = { item: WidgetItem; handler?: "client" | "server" | undefined; streaming?: boolean | undefined };

/** What the views of a thread are made with, and what they call. The same object as long as neither options nor language change. */
export type ViewContext = {
  options: ChatKitOptions;
  say: Say;
  locale: Locale;
  act: (action: Action, source: ActionSource) => Promise<void>;
  answer: (itemId: string, input: StructuredInputSubmission) => Promise<void>;
  retryAfter: (itemId: string) => void;
  tryAgain: () => void;
  feedback: (itemIds: string[], kind: "positive" | "negative") => Promise<void>;
  /** Answers whether the page takes care of the link itself. */
  openLink: (href: string) => boolean;
  openEntity: (entity: Entity) => void;
  /** The pointer or the focus is on an entity; undefined when it has left. */
  previewEntity: (on: { entity: Entity; at: HTMLElement } | undefined) => void;
  /** Tells the page of what only its developer can mend. */
  failed: (error: Error) => void;
};

/** One item with what it depends on. */
export type ItemProps = { state: ThreadState; isLive: boolean; context: ViewContext };

/** The listeners of an element that stands for an entity. */
export function entityListeners(entity: Entity, { previewEntity }: ViewContext) {
  const enter = ({ currentTarget }: Event) => previewEntity({ entity, at: currentTarget as HTMLElement });
  return { enter, leave: () => previewEntity(undefined) };
}
