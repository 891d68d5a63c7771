/** Sanitises raw HTML in a text. Loaded with the first of it. */
import createPurifier from "dompurify";
import { imageSource, linkTarget } from "./links.ts";

const TAGS = [
  ..."a abbr b blockquote br caption center code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i".split(" "),
  ..."img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr".split(" "),
];
/** No `style`, `class`, `id` or `name`: a text must not imitate the element's own controls, nor stand in for them. */
const ATTRIBUTES = ["href", "src", "alt", "title", "colspan", "rowspan", "open", "start", "reversed", "dir", "lang", "width", "height"];

/**
 * Styles and event handlers. The sanitiser removes them anyway, but under a content security policy a document reports each as soon as it
 * is parsed: so they are removed, or renamed to nothing meaningful, before that. What may be shown is not decided here.
 */
const STYLES = /<style\b.*?(<\/style\s*>|$)/gis;
const REPORTED = /([\s/"'])(on\w+|style)(?=\s*=)/gi;
const TAG = /<[^>]*>?/g;

/** The allowed part of the markup, as DOM nodes. Of its images, only those from allowed hosts are fetched. */
export function sanitised(html: string, imageDomains: readonly string[]): DocumentFragment {
  const purifier = createPurifier(window);
  purifier.addHook("afterSanitizeAttributes", (node) => applyPolicy(node, imageDomains));
  const quiet = html.replace(STYLES, "").replace(TAG, (tag) => tag.replace(REPORTED, "$1data-off"));
  return purifier.sanitize(quiet, { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false, RETURN_DOM_FRAGMENT: true });
}

function applyPolicy(node: Element, imageDomains: readonly string[]): void {
  if (node.tagName === "A") {
    const target = node.hasAttribute("href") && linkTarget(node.getAttribute("href")!);
    if (!target) return node.removeAttribute("href");
    for (const [name, value] of Object.entries({ href: target, target: "_blank", rel: "noopener noreferrer nofollow" })) node.setAttribute(name, value);
  } else if (node.tagName === "IMG") {
    const source = imageSource(node.getAttribute("src") ?? "", imageDomains);
    if (!source) return node.replaceWith(node.getAttribute("alt") ?? "");
    for (const [name, value] of Object.entries({ src: source, loading: "lazy", referrerpolicy: "no-referrer" })) node.setAttribute(name, value);
    if (!node.hasAttribute("alt")) node.setAttribute("alt", "");
  } else node.removeAttribute("src");
}
