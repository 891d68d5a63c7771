import type { Action } from "../../../protocol/actions.ts";
import type { MarkdownTexts } from "../markdown/index.ts";

/** How an action is to be handled, as the widget defines it. */
export type ActionContext = { handler: "client" | "server"; streaming: boolean };

/** The labels of widgets' own controls. */
export type WidgetTexts = {
  showMore: string;
  clear: string;
  chooseDate: string;
  previousMonth: string;
  nextMonth: string;
  wrongFormat: string;
  loading: string;
  imageNotLoaded: string;
};

/** What widgets need of the element around them. */
export type WidgetHost = {
  /** Settles when the action has been handled: until then the widget shows that it waits. */
  onAction: (action: Action, context: ActionContext) => Promise<void>;
  /** Reports a failed action or a mistake in the widget, for the developer. */
  onError?: (error: Error) => void;
  /** A BCP 47 tag, for dates and numbers. */
  locale: string;
  /** The only hosts that images are fetched from (`thread.allowed_image_domains`); without it there are none. */
  allowedImageDomains?: readonly string[] | undefined;
  texts?: Partial<WidgetTexts>;
  markdownTexts?: Partial<MarkdownTexts>;
};

export const ENGLISH: WidgetTexts = {
  showMore: "Show more",
  clear: "Clear",
  chooseDate: "Choose a date",
  previousMonth: "Previous month",
  nextMonth: "Next month",
  wrongFormat: "Please use the requested format.",
  loading: "Loading",
  imageNotLoaded: "Image not loaded",
};
