import type { ChatKitOptions, Entity } from "@openai/chatkit";
import type { StructuredInputSubmission } from "../../../protocol/structured-input.ts";
import type { Action } from "../../../protocol/actions.ts";
import type { WidgetItem } from "../../../protocol/items.ts";
import type { Locale, Say } from "../locale/texts.ts";
import type { ThreadState } from "../thread/state.ts";

export type ActionSource = { item: WidgetItem; handler?: "client" | "server" | undefined; streaming?: boolean | undefined };

/** The options, texts and callbacks of a thread's views. The same object until options or language change. */
export type ViewContext = {
  options: ChatKitOptions;
  say: Say;
  locale: Locale;
  act: (action: Action, source: ActionSource) => Promise<void>;
  answer: (itemId: string, input: StructuredInputSubmission) => Promise<void>;
  retryAfter: (itemId: string) => void;
  tryAgain: () => void;
  feedback: (itemIds: string[], kind: "positive" | "negative") => Promise<void>;
  /** @returns whether the page handles the link itself */
  openLink: (href: string) => boolean;
  openEntity: (entity: Entity) => void;
  /** Called when the pointer or the focus enters an entity; with undefined when it leaves. */
  previewEntity: (on: { entity: Entity; at: HTMLElement } | undefined) => void;
  /** Raises an error that only the page's developer can fix. */
  failed: (error: Error) => void;
};

/** One item with what it depends on. */
export type ItemProps = { state: ThreadState; isLive: boolean; context: ViewContext };

/** The listeners of an element that shows an entity. */
export function entityListeners(entity: Entity, { previewEntity }: ViewContext) {
  const enter = ({ currentTarget }: Event) => previewEntity({ entity, at: currentTarget as HTMLElement });
  return { enter, leave: () => previewEntity(undefined) };
}
