import type { WidgetRoot } from "chatkit-server";
import articleData from "./articles.json" with { type: "json" };
import eventData from "./events.json" with { type: "json" };

export type Article = (typeof articleData)[number];
export type Happening = (typeof eventData)[number];

export const articles: readonly Article[] = articleData;
export const events: readonly Happening[] = eventData;

export const authorId = (name: string) => name.toLowerCase().replaceAll(" ", "-");

export function search({ tag, author, words }: { tag?: string; author?: string; words?: string }): Article[] {
  const has = (text: string) => !words || text.toLowerCase().includes(words.toLowerCase());
  return articles.filter(
    (one) => (!tag || one.tags.includes(tag)) && (!author || authorId(one.author) === author) && has(`${one.title} ${one.body}`),
  );
}

export function articleList(shown: readonly Article[]): WidgetRoot {
  return {
    type: "ListView",
    children: shown.map(({ id, title, author }) => ({
      type: "ListViewItem",
      key: id,
      onClickAction: { type: "open_article", handler: "client", payload: { id } },
      children: [
        { type: "Text", value: title, weight: "semibold" },
        { type: "Caption", value: author },
      ],
    })),
  };
}

/** A timeline; the details of one event at a time. */
export function eventList(shown: readonly Happening[], open?: string): WidgetRoot {
  const ids = shown.map(({ id }) => id);
  return {
    type: "ListView",
    children: shown.map(({ id, title, date, details }) => ({
      type: "ListViewItem",
      key: id,
      children: [
        { type: "Caption", value: date },
        { type: "Title", value: title, size: "sm" },
        id === open
          ? { type: "Text", value: details }
          : { type: "Button", label: "Details", onClickAction: { type: "view_event", payload: { id, ids } } },
      ],
    })),
  };
}

/** What the composer offers behind an @. */
export function tags() {
  const authors = [...new Set(articles.map(({ author }) => author))];
  return [
    ...articles.map(({ id, title }) => ({ id, title, group: "Articles", interactive: true, data: { type: "article", article_id: id } })),
    ...authors.map((name) => ({
      id: `author:${authorId(name)}`,
      title: name,
      group: "Authors",
      data: { type: "author", author_id: authorId(name) },
    })),
  ];
}
