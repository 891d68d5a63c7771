import { html, nothing, type TemplateResult } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { createRef, ref } from "lit/directives/ref.js";
import { icon } from "../../icons/index.ts";
import { run } from "../actions.ts";
import { fieldId, type Scope } from "../scope.ts";
import { oneOf, textOf, type Node } from "../values/index.ts";
import { calendar, isAllowed } from "./calendar.ts";
import { dayOf, formatted, today, type Day } from "./days.ts";
import { nameOf } from "./label.ts";
import { ALIGNMENTS, placed, SIDES } from "./popover-place.ts";
import { controlLook } from "./select.ts";

/** A day, chosen in a calendar that opens on top of the page. Its value is `YYYY-MM-DD`, or empty. */
class DatePicker extends AsyncDirective {
  readonly #button = createRef<HTMLButtonElement>();
  readonly #popover = createRef<HTMLElement>();
  #node: Node = { type: "DatePicker" };
  #scope: Scope | undefined;
  #given: Day | undefined;
  #chosen: Day | undefined;
  #at: Day = today();
  #isOpen = false;

  override render(node: Node, scope: Scope): unknown {
    const given = dayOf(node["defaultValue"]);
    if (given !== this.#given) [this.#given, this.#chosen] = [given, given];
    this.#node = node;
    this.#scope = scope;
    return this.#shown();
  }

  #shown(): TemplateResult {
    const [node, scope, chosen] = [this.#node, this.#scope!, this.#chosen];
    const { texts, locale } = scope;
    const { name, said } = nameOf(node, scope);
    const shown = chosen ? formatted(chosen, locale, { dateStyle: "medium" }) : (textOf(node["placeholder"]) ?? texts.chooseDate);
    const isDisabled = node["disabled"] === true;
    const id = fieldId(scope, name);
    const clear = html`<button type="button" class="clear" aria-label=${texts.clear} ?disabled=${isDisabled} @click=${() => this.#choose(undefined)}>${icon("lucide:x")}</button>`;
    return html`<span class="select date ${controlLook(node)}">
      <input type="hidden" data-field=${name} .value=${chosen ?? ""} />
      <button ${ref(this.#button)} type="button" id=${id} class="opener ${chosen ? "" : "unset"}" aria-haspopup="dialog" aria-expanded=${this.#isOpen} aria-label=${said === undefined ? nothing : `${said} ${chosen ? shown : ""}`} ?disabled=${isDisabled} @click=${() => this.#toggle()}>
        ${icon("calendar")}<span>${shown}</span>
      </button>
      ${chosen && node["clearable"] === true ? clear : nothing}
      <div ${ref(this.#popover)} class="calendar" popover role="dialog" aria-label=${texts.chooseDate} @toggle=${(event: ToggleEvent) => this.#toggled(event)}>${this.#isOpen ? this.#calendar() : nothing}</div>
    </span>`;
  }

  #calendar(): TemplateResult {
    const { texts, locale } = this.#scope!;
    const { min, max } = this.#limits();
    return calendar({ at: this.#at, chosen: this.#chosen, min, max, locale, texts, move: (to) => this.#move(to), choose: (day) => this.#choose(day) });
  }

  #limits(): { min: Day | undefined; max: Day | undefined } {
    return { min: dayOf(this.#node["min"]), max: dayOf(this.#node["max"]) };
  }

  #toggle(): void {
    const { min, max } = this.#limits();
    const start = this.#chosen ?? today();
    this.#at = min && start < min ? min : max && start > max ? max : start;
    this.#isOpen = !this.#isOpen;
    this.#showAgain();
    const popover = this.#popover.value;
    if (!this.#isOpen || !popover) return popover?.hidePopover();
    popover.showPopover();
    this.#place(popover);
    this.#focusDay();
  }

  /** The browser itself closes it, by Escape or by a click elsewhere. */
  #toggled({ newState }: ToggleEvent): void {
    if (newState !== "closed" || !this.#isOpen) return;
    this.#isOpen = false;
    const [button, active] = [this.#button.value, (this.#popover.value?.getRootNode() as ShadowRoot | undefined)?.activeElement];
    if (!active || this.#popover.value?.contains(active)) button?.focus();
    this.#showAgain();
  }

  #place(popover: HTMLElement): void {
    const anchor = this.#button.value!.getBoundingClientRect();
    const isRtl = getComputedStyle(popover).direction === "rtl";
    const align = oneOf(this.#node["align"], ALIGNMENTS) ?? "start";
    const turned = isRtl && align !== "center" ? (align === "start" ? "end" : "start") : align;
    const size = { width: popover.offsetWidth, height: popover.offsetHeight };
    const { left, top } = placed(anchor, size, { width: innerWidth, height: innerHeight }, oneOf(this.#node["side"], SIDES) ?? "bottom", turned);
    popover.style.setProperty("left", `${left}px`);
    popover.style.setProperty("top", `${top}px`);
  }

  #move(to: Day): void {
    this.#at = to;
    this.#showAgain();
    this.#focusDay();
  }

  #focusDay(): void {
    this.#popover.value?.querySelector<HTMLElement>(`[data-day="${this.#at}"]`)?.focus();
  }

  #choose(day: Day | undefined): void {
    if (day && !isAllowed(day, this.#limits())) return;
    const hasChanged = day !== this.#chosen;
    this.#chosen = day;
    this.#popover.value?.hidePopover();
    this.#isOpen = false;
    this.#showAgain();
    const element = this.#button.value!;
    element.focus();
    const field = { name: textOf(this.#node["name"]) ?? "", value: day ?? "" };
    if (hasChanged) void run(this.#scope!, this.#node["onChangeAction"], { path: this.#scope!.path, auto: "none", element, field });
  }

  #showAgain(): void {
    if (this.isConnected) this.setValue(this.#shown());
  }
}

const picker = directive(DatePicker);

export function datePicker(node: Node, scope: Scope): TemplateResult {
  return html`${picker(node, scope)}`;
}
