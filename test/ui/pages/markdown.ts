import { render } from "lit";
import { iconStyles } from "../../../src/ui/element/icons/index.ts";
import { decodeHTMLStrict } from "../../../src/ui/element/markdown/entities.ts";
import { markdownStyles, renderMarkdown, type MarkdownOptions } from "../../../src/ui/element/markdown/index.ts";
import { loadTestFont, newRoot, type Scheme } from "./root.ts";

const roots: Record<Scheme, ShadowRoot> = { light: newRoot("light", iconStyles, markdownStyles), dark: newRoot("dark", iconStyles, markdownStyles) };

/** What the tests call. */
export const markdownPage = {
  decoded: decodeHTMLStrict,
  ready: loadTestFont(),
  show(text: string, options?: MarkdownOptions, scheme: Scheme = "light"): void {
    render(renderMarkdown(text, options), roots[scheme]);
  },
  /** The HTML of what is shown, without Lit's own marks. */
  html: (): string => roots.light.innerHTML.replace(/<!--.*?-->|<style[^>]*>.*?<\/style>/gs, ""),
};

Object.assign(window, { markdownPage });
