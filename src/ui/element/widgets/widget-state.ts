import type { State } from "./scope.ts";
import { childrenOf, textOf, type Node } from "./values/index.ts";

const CONTAINER = "";
let made = 0;

/** The state of one widget. `changed` is called when it has to be rendered again. */
export class WidgetState implements State {
  readonly id = `widget-${++made}`;
  readonly labelled = new Set<string>();
  readonly #changed: () => void;
  readonly #running = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #opened = new Set<string>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /**
   * Collects, before anything is rendered, what concerns the whole widget. Without recursion: a widget may be nested deeper than the stack.
   */
  read(root: Node): void {
    this.labelled.clear();
    const left = [root];
    for (let node = left.pop(); node; node = left.pop()) {
      const field = node.type === "Label" ? textOf(node["fieldName"]) : undefined;
      if (field !== undefined) this.labelled.add(field);
      for (const child of childrenOf(node)) left.push(child);
    }
  }

  isBusy(path: string): boolean {
    return this.#running.has(path) || this.#running.has(CONTAINER);
  }

  busy(path: string, loading: "none" | "self" | "container", element: Element): () => void {
    const place = loading === "container" ? CONTAINER : path;
    const focused = (element.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    this.#running.add(place);
    if (loading !== "none") this.#waiting.add(place);
    this.#changed();
    return () => {
      this.#running.delete(place);
      this.#waiting.delete(place);
      this.#changed();
      // A component that waits is disabled, and loses the focus. It gets it back, so that who uses the keyboard can go on there.
      if (loading !== "none" && focused?.isConnected && (focused.getRootNode() as ShadowRoot).activeElement === null) focused.focus({ preventScroll: true });
    };
  }

  isWaiting(path: string): boolean {
    return this.#waiting.has(path);
  }

  get isWholeWaiting(): boolean {
    return this.#waiting.has(CONTAINER);
  }

  isOpened(path: string): boolean {
    return this.#opened.has(path);
  }

  open(path: string): void {
    this.#opened.add(path);
    this.#changed();
  }
}
