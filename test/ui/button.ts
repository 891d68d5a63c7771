import type { Locator } from "playwright-core";

/** Presses a button and waits until it has had that label, for however short a time. */
export async function pressed(button: Locator, label: string): Promise<void> {
  const watch = await button.evaluateHandle((element, label) => {
    const said = new Promise<void>((resolve) => new MutationObserver(() => element.ariaLabel === label && resolve()).observe(element, { attributes: true }));
    return { said };
  }, label);
  await button.click();
  await watch.evaluate(({ said }) => said);
}
