import { isRecord, type Json } from "../../protocol/json/values.ts";
import type { Annotation } from "../../protocol/sources.ts";
import type { ContainerFileCitation, FileCitation, ResponseStreamConverter, UrlCitation } from "./response-stream-converter.ts";

/** The annotation for a citation. Null for kinds that a message cannot show, and for those the converter drops. */
export async function toAnnotation(converter: ResponseStreamConverter, citation: unknown): Promise<Annotation | null> {
  if (!isRecord(citation)) return null;
  const given = known(citation);
  switch (given["type"]) {
    case "file_citation":
      return converter.fileCitationToAnnotation(given as FileCitation);
    case "container_file_citation":
      return converter.containerFileCitationToAnnotation(given as ContainerFileCitation);
    case "url_citation":
      return "url" in given ? converter.urlCitationToAnnotation(given as UrlCitation) : null;
    default:
      return null;
  }
}

const TEXTS = ["url", "title", "file_id", "filename", "container_id"];
const PLACES = ["index", "start_index", "end_index"];

/**
 * The citation without fields that are not what they should be: an answer must not fail because a server sends null for a title. Chat
 * completions nest the fields that the Responses API has on the citation itself.
 */
function known(citation: Json): Json {
  const nested = citation["url_citation"];
  const fields = { ...citation, ...(isRecord(nested) && nested) };
  for (const name of TEXTS) if (typeof fields[name] !== "string" || fields[name] === "") delete fields[name];
  for (const name of PLACES) if (!Number.isSafeInteger(fields[name])) delete fields[name];
  return fields;
}
