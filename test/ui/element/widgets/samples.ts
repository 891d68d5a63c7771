/** A widget for each type of component, with its props in use: data that the page's pictures are taken of. */
type Sample = { type: string; [prop: string]: unknown };

const PIXEL = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='120' height='80'%3E%3Crect width='120' height='80' fill='%235b8def'/%3E%3Ccircle cx='60' cy='40' r='24' fill='%23fff'/%3E%3C/svg%3E";
const action = { type: "sample" };
const card = (...children: Sample[]): Sample => ({ type: "Card", size: "sm", children });
const text = (value: string, props = {}): Sample => ({ type: "Text", value, ...props });
const cell = (value: string, props = {}): Sample => ({ type: "Table.Cell", children: [text(value, { size: "sm" })], ...props });
const SALES = [
  { month: "Jan", desktop: 186, mobile: 80 },
  { month: "Feb", desktop: 305, mobile: 200 },
  { month: "Mar", desktop: 237, mobile: 120 },
  { month: "Apr", desktop: 73, mobile: 190 },
  { month: "May", desktop: 209, mobile: 130 },
  { month: "Jun", desktop: 214, mobile: 140 },
];
const OPTIONS = [
  { value: "a", label: "Economy" },
  { value: "b", label: "Business" },
  { value: "c", label: "First", disabled: true },
];

export const SAMPLES: Record<string, Sample> = {
  Card: {
    type: "Card",
    size: "sm",
    status: { text: "Draft", icon: "mail" },
    children: [
      { type: "Title", value: "Send this email?", size: "sm" },
      text("Hi Ada, the numbers are in. Shall we talk on Friday?", { size: "sm", color: "secondary" }),
      { type: "Divider", flush: true },
      { type: "Row", children: [text("To", { size: "sm", color: "tertiary" }), text("ada@example.com", { size: "sm" })] },
    ],
    confirm: { label: "Send", action },
    cancel: { label: "Discard", action },
  },
  ListView: {
    type: "ListView",
    status: { text: "3 flights", icon: "globe" },
    limit: 2,
    children: ["08:10 – 09:25", "11:40 – 12:55", "17:05 – 18:20"].map((value, index) => ({
      type: "ListViewItem",
      key: value,
      onClickAction: action,
      children: [
        { type: "Box", size: 36, radius: "full", align: "center", justify: "center", background: "blue-100", children: [{ type: "Icon", name: "compass", color: "blue-600", size: "lg" }] },
        { type: "Col", gap: 0, flex: 1, children: [text(value, { weight: "medium", size: "sm" }), { type: "Caption", value: "BER → MUC, direct" }] },
        { type: "Badge", label: `€ ${89 + index * 20}`, color: index === 0 ? "success" : "secondary" },
      ],
    })),
  },
  ListViewItem: {
    type: "ListView",
    children: [
      { type: "ListViewItem", gap: 4, align: "start", children: [{ type: "Icon", name: "check-circle-filled", color: "success" }, text("Done already", { lineThrough: true })] },
      { type: "ListViewItem", onClickAction: action, children: [{ type: "Icon", name: "empty-circle", color: "tertiary" }, text("To be done")] },
    ],
  },
  Basic: { type: "Basic", gap: 3, padding: 2, children: [{ type: "Title", value: "No frame", size: "sm" }, card(text("A card in a basic root"))] },
  Box: card(
    { type: "Box", padding: { x: 4, y: 3 }, radius: "xl", border: { size: 2, color: "blue-400", style: "dashed" }, background: { light: "#eef4ff", dark: "#17233c" }, children: [text("A box of its own colours")] },
    { type: "Box", direction: "row", gap: 2, wrap: "wrap", children: ["red", "orange", "green", "blue", "purple"].map((name) => ({ type: "Box", size: 40, radius: "md", background: `${name}-400` })) },
    { type: "Box", height: 44, radius: "full", background: "linear-gradient(90deg, #1769c8 0%, #8a5cf5 100%)" },
  ),
  Row: card({ type: "Row", gap: 3, justify: "between", align: "center", children: [text("Left"), { type: "Badge", label: "Middle" }, text("Right", { weight: "semibold" })] }),
  Col: card({ type: "Col", gap: 1, align: "end", padding: { right: 4 }, border: { right: { size: 3, color: "green-500" } }, children: [text("One"), text("Two", { color: "secondary" }), text("Three", { color: "tertiary" })] }),
  Form: card({
    type: "Form",
    onSubmitAction: action,
    children: [
      { type: "Label", value: "Name", fieldName: "name" },
      { type: "Input", name: "name", placeholder: "Ada Lovelace", required: true },
      { type: "Row", children: [{ type: "Spacer" }, { type: "Button", label: "Cancel", variant: "ghost" }, { type: "Button", label: "Save", submit: true, style: "primary" }] },
    ],
  }),
  Spacer: card({ type: "Row", children: [text("Total"), { type: "Spacer", minSize: 24 }, text("€ 1,234.00", { weight: "semibold" })] }),
  Divider: card(text("Above"), { type: "Divider" }, text("Between"), { type: "Divider", color: "red-400", size: 2, spacing: 2 }, { type: "Row", children: [text("Left"), { type: "Divider" }, text("Right")] }),
  Transition: card({ type: "Transition", children: text("Has faded in") }),
  Text: card(
    text("Extra small", { size: "xs" }),
    text("Small and secondary", { size: "sm", color: "secondary" }),
    text("Medium, bold", { weight: "bold" }),
    text("Large and italic", { size: "lg", italic: true }),
    text("Extra large, struck", { size: "xl", lineThrough: true, color: "danger" }),
    text("Cut off where there is no more room for what it has to say", { truncate: true }),
    text("Two lines at most of a text that goes on and on, and would go on for a third one if it only could.", { maxLines: 2, size: "sm" }),
    text("Right", { textAlign: "end", color: { light: "#7a3cff", dark: "#c8b0ff" } }),
    text("To be changed", { editable: { name: "note", placeholder: "A note" } }),
  ),
  Title: card(...["sm", "md", "lg", "xl", "2xl", "3xl"].map((size) => ({ type: "Title", value: `Title ${size}`, size })), { type: "Title", value: "72°", size: "5xl", weight: "normal", color: "secondary" }),
  Caption: card({ type: "Caption", value: "Small caption", size: "sm" }, { type: "Caption", value: "Medium caption" }, { type: "Caption", value: "Large, in green", size: "lg", color: "success", weight: "semibold" }),
  Markdown: card({ type: "Markdown", value: "**Bold**, *italic*, `code` and a [link](https://example.com).\n\n- one\n- two\n\n> said" }),
  Badge: card(
    ...["soft", "solid", "outline"].map((variant) => ({
      type: "Row",
      wrap: "wrap",
      gap: 1,
      children: ["secondary", "success", "danger", "warning", "info", "discovery"].map((color) => ({ type: "Badge", label: color, color, variant, pill: variant === "outline" })),
    })),
    { type: "Row", children: ["sm", "md", "lg"].map((size) => ({ type: "Badge", label: size, size })) },
  ),
  Icon: card(
    { type: "Row", gap: 3, children: ["xs", "sm", "md", "lg", "xl", "2xl", "3xl"].map((size) => ({ type: "Icon", name: "sparkle", size })) },
    { type: "Row", gap: 3, wrap: "wrap", children: ["agent", "bolt", "calendar", "star-filled", "dot", "map-pin", "lucide:cat", "lucide:rocket"].map((name) => ({ type: "Icon", name, size: "xl", color: "secondary" })) },
  ),
  Image: card(
    { type: "Image", src: PIXEL, alt: "A circle", flush: true, height: 120 },
    { type: "Row", children: [{ type: "Image", src: PIXEL, alt: "A circle", size: 64, radius: "full", frame: true }, { type: "Image", src: PIXEL, alt: "A circle", width: 96, height: 64, fit: "contain", background: "gray-200" }, { type: "Image", src: "https://elsewhere.example/x.png", alt: "Not fetched", size: 64 }] },
  ),
  Button: card(
    ...["solid", "soft", "outline", "ghost"].map((variant) => ({
      type: "Row",
      wrap: "wrap",
      gap: 1,
      children: ["primary", "secondary", "info", "discovery", "success", "caution", "warning", "danger"].map((color) => ({ type: "Button", label: color, color, variant, size: "xs" })),
    })),
    { type: "Row", wrap: "wrap", align: "center", children: ["3xs", "xs", "md", "lg", "2xl"].map((size) => ({ type: "Button", label: size, size, iconStart: "plus" })) },
    { type: "Row", children: [{ type: "Button", iconStart: "dots-horizontal", uniform: true, variant: "ghost" }, { type: "Button", label: "Next", iconEnd: "chevron-right", pill: false, style: "secondary" }, { type: "Button", label: "Off", disabled: true }] },
    { type: "Button", label: "Book now", style: "primary", block: true, size: "xl" },
  ),
  Table: card({
    type: "Table",
    children: [
      { type: "Table.Row", header: true, children: [cell("Item"), cell("Count", { align: "center" }), cell("Price", { align: "end" })] },
      { type: "Table.Row", children: [cell("Apples"), cell("3", { align: "center" }), cell("€ 1.20", { align: "end" })] },
      { type: "Table.Row", children: [cell("Bread"), cell("1", { align: "center" }), cell("€ 3.50", { align: "end" })] },
    ],
  }),
  "Table.Row": card({ type: "Table", children: [{ type: "Table.Row", children: [cell("No head"), cell("at all")] }, { type: "Table.Row", children: [cell("Second"), cell("row")] }] }),
  "Table.Cell": card({ type: "Table", children: [{ type: "Table.Row", children: [cell("Two columns", { colSpan: 2, align: "center" }), cell("tall", { rowSpan: 2, vAlign: "end" })] }, { type: "Table.Row", children: [cell("a", { colSize: "sm" }), cell("b", { padding: { left: 6 } })] }] }),
  Input: card(
    { type: "Input", name: "a", placeholder: "Outline, large" },
    { type: "Input", name: "b", defaultValue: "Soft, medium", variant: "soft", size: "md", pill: true },
    { type: "Input", name: "c", inputType: "password", defaultValue: "secret", size: "sm", gutterSize: "xl" },
    { type: "Input", name: "d", placeholder: "Off", disabled: true, pill: false },
  ),
  Textarea: card({ type: "Textarea", name: "a", placeholder: "What is on your mind?" }, { type: "Textarea", name: "b", defaultValue: "It grows\nwith what\nis in it\nup to here", rows: 2, maxRows: 4, variant: "soft" }),
  Select: card(
    { type: "Select", name: "a", options: OPTIONS, placeholder: "Class", block: true },
    { type: "Row", children: [{ type: "Select", name: "b", options: OPTIONS, defaultValue: "b", variant: "soft", size: "md" }, { type: "Select", name: "c", options: OPTIONS, defaultValue: "a", clearable: true, pill: true, variant: "ghost" }] },
    { type: "Select", name: "d", options: OPTIONS, defaultValue: "a", disabled: true },
  ),
  DatePicker: card({ type: "DatePicker", name: "a", placeholder: "Departure", block: true }, { type: "DatePicker", name: "b", defaultValue: "2026-11-26T00:00:00Z", clearable: true, variant: "soft" }, { type: "DatePicker", name: "c", defaultValue: "2026-01-02", disabled: true, size: "sm" }),
  Checkbox: card({ type: "Checkbox", name: "a", label: "Not ticked" }, { type: "Checkbox", name: "b", label: "Ticked", defaultChecked: true }, { type: "Checkbox", name: "c", label: "Off", defaultChecked: true, disabled: true }),
  RadioGroup: card({ type: "RadioGroup", name: "a", ariaLabel: "Size", options: [{ value: "s", label: "Small" }, { value: "m", label: "Medium" }, { value: "l", label: "Large", disabled: true }], defaultValue: "m" }, { type: "RadioGroup", name: "b", direction: "col", options: [{ value: "1", label: "First" }, { value: "2", label: "Second" }] }),
  Label: card({ type: "Label", value: "Email address", fieldName: "email" }, { type: "Input", name: "email", inputType: "email" }, { type: "Label", value: "Small and grey", fieldName: "other", size: "xs", color: "secondary", weight: "normal" }, { type: "Input", name: "other" }),
  Chart: card({ type: "Chart", data: SALES, xAxis: "month", showYAxis: true, height: 200, series: [{ type: "bar", dataKey: "desktop", label: "Desktop" }, { type: "line", dataKey: "mobile", label: "Mobile", color: "orange" }] }),
};
