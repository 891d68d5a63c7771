import type { Annotation } from "../../protocol/sources.ts";
import type { ContainerFileCitation, FileCitation, ResponseStreamConverter, UrlCitation } from "./response-stream-converter.ts";

/** The annotation for a citation. Null for kinds that a message cannot show, and for those the converter drops. */
export async function toAnnotation(converter: ResponseStreamConverter, citation: unknown): Promise<Annotation | null> {
  const type = (citation as { type?: unknown } | null)?.type;
  switch (type) {
    case "file_citation":
      return converter.fileCitationToAnnotation(citation as FileCitation);
    case "container_file_citation":
      return converter.containerFileCitationToAnnotation(citation as ContainerFileCitation);
    case "url_citation":
      return converter.urlCitationToAnnotation(flat(citation as UrlCitation | ChatUrlCitation));
    default:
      return null;
  }
}

/** Chat completions nest the fields that the Responses API has on the citation itself. */
type ChatUrlCitation = { type: "url_citation"; url_citation: Omit<UrlCitation, "type"> };

function flat(citation: UrlCitation | ChatUrlCitation): UrlCitation {
  return "url_citation" in citation ? { type: "url_citation", ...citation.url_citation } : citation;
}
