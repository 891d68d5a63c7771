import type { WidgetItem } from "../../../../src/protocol/items.ts";
import type { Facts } from "../facts.ts";

/**
 * Whoever changes a widget keeps what others have changed meanwhile: what was answered or told is in it, once.
 * A click whose answer is lost is sent again, and may then count twice: only the hook could tell. */
export function* widgets({ requests, states }: Facts): Generator<string> {
  const last = (id: string) => {
    const item = states.get(id)?.at(-1)?.item;
    return item?.type === "widget" ? wordsIn(item) : undefined;
  };
  for (const { request, wish, answer, emitted } of requests.values()) {
    const { updated_item } = (answer?.json ?? {}) as { updated_item?: WidgetItem };
    const { word } = ((wish.params["action"] as { payload?: { word?: string } } | undefined)?.payload ?? {}) as { word?: string };
    if (updated_item && word !== undefined) {
      const words = last(updated_item.id);
      if (words && !words.includes(word)) yield `the click ${word} of request ${request} is lost in ${updated_item.id}`;
    }
    for (const { event } of emitted) {
      if (event.type !== "thread.item.updated" || event.update.type !== "widget.streaming_text.value_delta") continue;
      const words = last(event.item_id);
      const said = event.update.delta.trim();
      if (words && words.filter((one) => one === said).length !== 1) yield `${said}, told to request ${request}, is ${words.includes(said) ? "there twice" : "lost"} in ${event.item_id}`;
    }
  }
}

function wordsIn({ widget }: WidgetItem): string[] {
  const { children } = widget as unknown as { children: { value: string }[] };
  return children.flatMap(({ value }) => value.split(" "));
}
