import { noChange, nothing } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import type { Look } from "./options.ts";
import { htmlOf, type Node } from "./parse.ts";

/** Tokens that have markup of the text itself in them: sanitised by what is loaded for that, until then the text without it. */
class RawHtml extends AsyncDirective {
  #html = "";
  #domains: readonly string[] = [];

  override render(nodes: readonly Node[], look: Look): unknown {
    const html = htmlOf(nodes.flatMap(flat));
    if (html === this.#html && look.imageDomains === this.#domains) return noChange;
    this.#html = html;
    this.#domains = look.imageDomains;
    void import("./raw-html.ts").then(({ sanitised }) => {
      // A newer text has come meanwhile, or the place is gone.
      if (html === this.#html && this.isConnected) this.setValue(sanitised(html, look.imageDomains));
    });
    return nothing;
  }
}

export const rawHtml = directive(RawHtml);

/** The tokens as the parser gave them: what opens, what is inside, what closes. */
function flat({ token, children, closing }: Node): Node["token"][] {
  if (token.children) return [token];
  return [token, ...children.flatMap(flat), ...(closing ? [closing] : [])];
}
