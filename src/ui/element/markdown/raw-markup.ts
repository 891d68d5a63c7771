import { noChange, nothing } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import type { Look } from "./options.ts";
import { htmlOf, type Node } from "./parse.ts";

/** Tokens with raw HTML among them. Until the sanitiser is loaded, only their text is shown. */
class RawHtml extends AsyncDirective {
  #html = "";
  #domains: readonly string[] = [];

  override render(nodes: readonly Node[], look: Look): unknown {
    const html = htmlOf(nodes.flatMap(flat));
    if (html === this.#html && look.imageDomains === this.#domains) return noChange;
    this.#html = html;
    this.#domains = look.imageDomains;
    void import("./raw-html.ts").then(({ sanitised }) => {
      // Meanwhile a newer text may have come, or the place may be gone.
      if (html === this.#html && this.isConnected) this.setValue(sanitised(html, look.imageDomains));
    });
    return nothing;
  }
}

export const rawHtml = directive(RawHtml);

/** The tree as the parser's flat list of tokens again. */
function flat({ token, children, closing }: Node): Node["token"][] {
  if (token.children) return [token];
  return [token, ...children.flatMap(flat), ...(closing ? [closing] : [])];
}
