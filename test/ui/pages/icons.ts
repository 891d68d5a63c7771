import { render } from "lit";
import { icon, iconStyles } from "../../../src/ui/element/icons/index.ts";

const root = document.body.attachShadow({ mode: "open" });
root.adoptedStyleSheets = [iconStyles.styleSheet!];

/** Draws the icon of that name in the page. */
Object.assign(window, { show: (name: string) => render(icon(name), root) });
