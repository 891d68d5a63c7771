import type { Annotation } from "../../protocol/sources.ts";
import { textOfOutput } from "./output-text.ts";

/** Citations as the Responses API sends them. */
export type FileCitation = { type: "file_citation"; file_id: string; filename?: string; index?: number };
export type ContainerFileCitation = {
  type: "container_file_citation";
  container_id: string;
  file_id: string;
  filename?: string;
  start_index?: number;
  end_index?: number;
};
export type UrlCitation = { type: "url_citation"; url: string; title?: string; start_index?: number; end_index?: number };

/** Hooks may answer at once, or later. */
type Awaitable<T> = T | Promise<T>;

/** Stores an image; resolves to the URL that its item is to hold. */
type KeepImage = (data: Uint8Array) => Promise<string>;

/** Turns images, citations and outputs of a model into the form that items hold, for `streamAgentResponse`. Override what should be different. */
export class ResponseStreamConverter {
  /** How many partial images each image has; without it, progress stays 0. */
  readonly partialImages?: number;

  constructor(options: { partialImages?: number } = {}) {
    if (options.partialImages !== undefined) this.partialImages = options.partialImages;
  }

  /**
   * The URL that an image is shown and stored with. All partial images of one image have the same `imageId`. Default: that of an
   * attachment, which `keep` makes; without a place for files, a data URL.
   */
  base64ImageToUrl(_imageId: string, base64: string, _partialIndex?: number, keep?: KeepImage): Awaitable<string> {
    const whole = `data:image/png;base64,${base64}`;
    return keep ? kept(base64, keep, whole) : whole;
  }

  /** The progress between 0 and 1. */
  partialImageIndexToProgress(index: number): number {
    return this.partialImages === undefined || this.partialImages <= 0 ? 0 : Math.min(1, index / this.partialImages);
  }

  /** What is shown of an output that no message has said, such as that of a tool at which the agent stops. Null shows nothing. */
  outputToText(output: unknown): string | null {
    return textOfOutput(output);
  }

  /** Null drops the citation. */
  fileCitationToAnnotation(citation: FileCitation): Awaitable<Annotation | null> {
    return fileAnnotation(citation.filename, citation.index);
  }

  containerFileCitationToAnnotation(citation: ContainerFileCitation): Awaitable<Annotation | null> {
    return fileAnnotation(citation.filename, citation.end_index);
  }

  urlCitationToAnnotation(citation: UrlCitation): Awaitable<Annotation | null> {
    const source = { type: "url", url: citation.url, title: citation.title ?? citation.url } as const;
    return { type: "annotation", source, index: citation.end_index };
  }
}

async function kept(base64: string, keep: KeepImage, whole: string): Promise<string> {
  try {
    return await keep(Uint8Array.fromBase64(base64));
  } catch {
    // There is no room for it, or it is none. In its item it is not lost.
    return whole;
  }
}

function fileAnnotation(filename: string | undefined, index: number | undefined): Annotation | null {
  return filename ? { type: "annotation", source: { type: "file", filename, title: filename }, index } : null;
}
