/**
 * The chat element, `<openai-chatkit>`, as it runs in any page. It never reads the page around it, sets no global name, and asks no
 * address but those that the page's options, the thread or the attachment store name.
 */
import { ChatKitElement } from "./chatkit-element.ts";

// A page may load two versions: the first one stays.
if (!customElements.get("openai-chatkit")) customElements.define("openai-chatkit", ChatKitElement);
