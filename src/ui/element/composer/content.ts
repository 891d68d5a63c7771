/**
 * The content of the composer: plain text, in which `@` and the title of an entity is a tag. A title that has been edited is no tag any
 * more. Nothing here touches the page.
 */
import type { Entity, UserMessageContent } from "@openai/chatkit";

/** Title → entity, for every tag that was inserted. */
export type Tags = ReadonlyMap<string, Entity>;
type Piece = { text: string; entity?: Entity };

/** The text split into tags and what is between them. Where two titles fit, the longer one wins. */
export function piecesOf(text: string, tags: Tags): Piece[] {
  if (tags.size === 0 || !text.includes("@")) return text === "" ? [] : [{ text }];
  const titles = [...tags.keys()].sort((a, b) => b.length - a.length);
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const title = titles.find((one) => text.startsWith(one, at + 1));
    if (title === undefined) continue;
    if (at > from) pieces.push({ text: text.slice(from, at) });
    from = at + 1 + title.length;
    pieces.push({ text: text.slice(at, from), entity: tags.get(title)! });
    at = from - 1;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** The content as it is sent: without white space around it. */
export function contentOf(text: string, tags: Tags): UserMessageContent[] {
  return piecesOf(text.trim(), tags).map(({ text, entity }) => {
    if (!entity) return { type: "input_text", text };
    const { id, title, group, data = {}, interactive = false } = entity;
    return { type: "input_tag", id, text: title, data, interactive, ...(group !== undefined && { group }) };
  });
}

/** The reverse of `contentOf`: the text to edit, and its tags. */
export function editable(content: readonly UserMessageContent[]): { text: string; tags: Map<string, Entity> } {
  const tags = new Map<string, Entity>();
  const texts = content.map((part) => {
    if (part.type === "input_text") return part.text;
    const { id, text: title, group, data, interactive } = part;
    tags.set(title, { id, title, ...(group !== undefined && { group }), ...(interactive !== undefined && { interactive }), data: (data ?? {}) as Record<string, string> });
    return `@${title}`;
  });
  return { text: texts.join(""), tags };
}

export type Query = { trigger: "@" | "/"; text: string; from: number };

/** The query that is being typed before the caret: `@name`, of one or two words and outside of tags, or `/name` at the beginning. */
export function queryBefore(text: string, caret: number, tags: Tags): Query | undefined {
  const before = text.slice(0, caret);
  const command = /^\/(\S*)$/.exec(before);
  if (command) return { trigger: "/", text: command[1]!, from: 0 };
  const words = /(?:^|[\s(])@((?:[^\s@]+(?: [^\s@]+)?)?)$/.exec(before)?.[1];
  if (words === undefined || [...tags.keys()].some((title) => words.startsWith(title))) return undefined;
  return { trigger: "@", text: words, from: caret - words.length - 1 };
}
