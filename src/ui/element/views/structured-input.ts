import { html, nothing, type TemplateResult } from "lit";
import type { StructuredInputItem } from "../../../protocol/items.ts";
import type { StructuredInput, StructuredInputAnswer, StructuredInputSubmission } from "../../../protocol/structured-input.ts";
import type { ItemProps, ViewContext } from "./context.ts";
import { symbol } from "./symbol.ts";

/** Questions to the person: a form while they wait for an answer, then what was answered. */
export function structuredInputView(item: StructuredInputItem, { context, isLive }: ItemProps): TemplateResult {
  if (item.status !== "pending") return html`<div class="questions answered">${item.inputs.map((input) => answeredView(input, context))}</div>`;
  const { say } = context;
  return html`<form class="questions" @submit=${(event: SubmitEvent) => onSubmit(event, item, context)}>
    <fieldset ?disabled=${isLive}>
      ${item.inputs.map((input) => (input.type === "multiple_choice" ? choiceView(item.id, input, say("otherAnswer")) : freeformView(item.id, input)))}
      <div class="row-end">
        <button type="submit" class="text-button" name="skip" value="all">${say("skip")}</button>
        <button type="submit" class="text-button primary">${say("answerSend")}</button>
      </div>
    </fieldset>
  </form>`;
}

function choiceView(itemId: string, { id, question, options, multiple }: Extract<StructuredInput, { type: "multiple_choice" }>, other: string): TemplateResult {
  const name = `choice ${id}`;
  return html`<fieldset class="question" role=${multiple ? "group" : "radiogroup"}>
    <legend dir="auto">${question}</legend>
    ${options.map(({ value }) => html`<label class="choice"><input type=${multiple ? "checkbox" : "radio"} name=${name} .value=${value} /><span dir="auto">${value}</span></label>`)}
    <input class="line" type="text" name="other ${id}" id="${itemId} ${id}" dir="auto" aria-label="${question}: ${other}" placeholder=${other} />
  </fieldset>`;
}

function freeformView(itemId: string, { id, question, description }: Extract<StructuredInput, { type: "freeform" }>): TemplateResult {
  const key = `${itemId}-${id}`;
  return html`<div class="question">
    <label for=${key} dir="auto">${question}</label>
    ${description ? html`<p class="hint" id="${key}-hint" dir="auto">${description}</p>` : nothing}
    <textarea class="line" rows="2" id=${key} name="text ${id}" dir="auto" aria-describedby=${description ? `${key}-hint` : nothing}></textarea>
  </div>`;
}

function answeredView({ question, answer }: StructuredInput, { say }: ViewContext): TemplateResult {
  const isSkipped = !answer || answer.skipped || answer.values.length === 0;
  return html`<div class="answer">
    <p class="answer-question" dir="auto">${question}</p>
    <p class=${isSkipped ? "hint" : ""} dir="auto">${isSkipped ? say("skipped") : html`${symbol("check")} ${answer.values.join(", ")}`}</p>
  </div>`;
}

function onSubmit(event: SubmitEvent, item: StructuredInputItem, context: ViewContext): void {
  event.preventDefault();
  const isSkipped = (event.submitter as HTMLButtonElement | null)?.name === "skip";
  void context.answer(item.id, isSkipped ? { status: "skipped", answers: {} } : submissionOf(item, new FormData(event.target as HTMLFormElement)));
}

/** The answers to all questions; one that was left empty is skipped. */
function submissionOf({ inputs }: StructuredInputItem, data: FormData): StructuredInputSubmission {
  const answers = inputs.map((input): [string, StructuredInputAnswer] => {
    const { id } = input;
    const typed = [...data.getAll(`other ${id}`), ...data.getAll(`text ${id}`)].map((value) => String(value).trim()).filter(Boolean);
    const chosen = data.getAll(`choice ${id}`).map(String);
    // For a single choice the server keeps the first value: typed text comes before a selected option.
    const values = input.type === "multiple_choice" && !input.multiple && typed.length > 0 ? typed : [...chosen, ...typed];
    return [id, { values, skipped: values.length === 0 }];
  });
  const isSkipped = answers.every(([, { skipped }]) => skipped);
  return { status: isSkipped ? "skipped" : "answered", answers: Object.fromEntries(answers) };
}
