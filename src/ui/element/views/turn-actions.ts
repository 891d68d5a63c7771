import { html, nothing } from "lit";
import type { ThreadItem } from "../../../protocol/items.ts";
import type { ThreadState } from "../thread/state.ts";
import type { ViewContext } from "./context.ts";
import { symbol } from "./symbol.ts";

const COPIED_MS = 1600;

/** The buttons under an answer, after its last item. */
export function turnActions(last: ThreadItem, state: ThreadState, context: ViewContext) {
  const { say, options } = context;
  const end = state.items.indexOf(last);
  const start = state.items.findLastIndex(({ type }, index) => type === "user_message" && index < end);
  const turn = state.items.slice(start + 1, end + 1);
  const question = state.items[start];
  const text = turn.flatMap(textOf).join("\n\n");
  const ids = turn.map(({ id }) => id);
  const { feedback = false, retry = false } = options.threadItemActions ?? {};
  if (text === "" && !feedback && !retry) return nothing;
  const thumbs = (kind: "positive" | "negative") => {
    const label = say(kind === "positive" ? "goodAnswer" : "badAnswer");
    return html`<button type="button" class="icon-button small" aria-label=${label} title=${label} aria-pressed="false" @click=${(event: Event) => void rate(event, ids, kind, context)}>${symbol(kind === "positive" ? "good" : "bad")}</button>`;
  };
  return html`<div class="turn-actions">
    ${text === "" ? nothing : html`<button type="button" class="icon-button small" aria-label=${say("copy")} title=${say("copy")} @click=${(event: Event) => void copy(event, text, say("copied"))}>${symbol("copy")}</button>`}
    ${feedback ? [thumbs("positive"), thumbs("negative")] : nothing}
    ${retry && question ? html`<button type="button" class="icon-button small" aria-label=${say("retry")} title=${say("retry")} @click=${() => context.retryAfter(question.id)}>${symbol("retry")}</button>` : nothing}
  </div>`;
}

function textOf(item: ThreadItem): string[] {
  if (item.type === "assistant_message") return item.content.map(({ text }) => text).filter(Boolean);
  return item.type === "widget" && item.copy_text ? [item.copy_text] : [];
}

async function copy({ currentTarget }: Event, text: string, copied: string): Promise<void> {
  const button = currentTarget as HTMLButtonElement;
  // A page without https has no clipboard.
  const isDone = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  if (!isDone) return;
  const label = button.ariaLabel;
  button.classList.add("done");
  button.ariaLabel = copied;
  setTimeout(() => (button.classList.remove("done"), (button.ariaLabel = label)), COPIED_MS);
}

/** The button shows as pressed at once, and is released if the server refuses. */
async function rate({ currentTarget }: Event, ids: string[], kind: "positive" | "negative", { feedback }: ViewContext): Promise<void> {
  const button = currentTarget as HTMLButtonElement;
  for (const one of button.parentElement!.querySelectorAll("[aria-pressed]")) one.ariaPressed = String(one === button);
  await feedback(ids, kind).catch(() => (button.ariaPressed = "false"));
}
