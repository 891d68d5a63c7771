import { join } from "node:path";
import type { Page } from "playwright-core";

const AXE = join(import.meta.dir, "../../node_modules/axe-core/axe.min.js");

/** What axe-core finds wrong in a page: each rule with the elements that break it. */
export async function violations(page: Page): Promise<{ rule: string; nodes: string[] }[]> {
  // As a debugger's own script, which the page's policy does not count.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await Bun.file(AXE).text());
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations.map(({ id, nodes }) => ({ rule: id, nodes: nodes.map(({ html }) => html) }));
  });
}
