/** The labels that Markdown shows beside the text itself. */
export type MarkdownTexts = { copyCode: string; copied: string; imageNotLoaded: string; done: string; notDone: string; table: string };

export type MarkdownOptions = {
  /** Whether more of the text is to come: what is open at its end is then shown as if it were closed. */
  streaming?: boolean;
  /** The only hosts that images are fetched from (`thread.allowed_image_domains`); without it there are none. */
  allowedImageDomains?: readonly string[] | undefined;
  texts?: Partial<MarkdownTexts> | undefined;
};

export const ENGLISH: MarkdownTexts = {
  copyCode: "Copy code",
  copied: "Copied",
  imageNotLoaded: "Image not loaded",
  done: "Done",
  notDone: "Not done",
  table: "Table",
};

/** What the text's parts are rendered with. */
export type Look = { imageDomains: readonly string[]; texts: MarkdownTexts; streaming: boolean };
