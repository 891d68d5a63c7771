import { expect, test } from "bun:test";
import type { CSSResult } from "lit";
import { composerStyles } from "../../../src/ui/element/composer/styles.ts";
import { historyStyles } from "../../../src/ui/element/history/styles.ts";
import { iconStyles } from "../../../src/ui/element/icons/index.ts";
import { markdownStyles } from "../../../src/ui/element/markdown/index.ts";
import { baseStyles } from "../../../src/ui/element/theme/base-styles.ts";
import { frameStyles } from "../../../src/ui/element/views/frame-styles.ts";
import { threadStyles } from "../../../src/ui/element/views/thread-styles.ts";
import { widgetStyles } from "../../../src/ui/element/widgets/index.ts";

/** What the base has for all: widgets and Markdown use it as it is. */
const SHARED = ["icon", "spinner", "said-only", "filled", "directed"];

test("the thread, its widgets and its Markdown, which share one root, share no names of classes", () => {
  const own = [classesOf(baseStyles, iconStyles, frameStyles, threadStyles, composerStyles, historyStyles), classesOf(...widgetStyles), classesOf(...markdownStyles)];
  const twice = own.flatMap((names, index) => own.slice(index + 1).flatMap((others) => [...names].filter((name) => others.has(name) && !SHARED.includes(name))));
  expect(twice).toEqual([]);
});

function classesOf(...styles: CSSResult[]): Set<string> {
  const selectors = styles.flatMap(({ cssText }) => cssText.match(/[^{};]+(?=\{)/g) ?? []);
  return new Set(selectors.flatMap((selector) => [...selector.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name]) => name!)));
}
