/** What the person fills in, each field by its name. A field is never sent by itself: an action gathers the fields of its form. */
export { checkbox, radioGroup } from "./choices.ts";
export { datePicker } from "./date-picker.ts";
export { label } from "./label.ts";
export { select } from "./select.ts";
export { editable, input, textarea } from "./text-fields.ts";
