import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Browser, Page } from "playwright-core";

/** Side of the squares that are compared by their mean: letters are drawn a little differently from one machine to the next. */
const SQUARE_PX = 8;
/** Of 255, in any channel: a square that differs by more is another one. */
const TOLERANCE = 20;
const pages = new WeakMap<Browser, Promise<Page>>();

/**
 * The share of a picture, from 0 to 1, that is not as it was when the kept one was taken; 1 for another size. Where none is kept, this
 * one is from now on, and under CI that is a mistake.
 */
export async function difference(browser: Browser, picture: Buffer, kept: string): Promise<number> {
  if (!(await Bun.file(kept).exists())) {
    if (process.env["CI"]) throw new Error(`no picture is kept as ${kept}`);
    await mkdir(dirname(kept), { recursive: true });
    await Bun.write(kept, picture);
    return 0;
  }
  // One page for all comparisons of a browser; it goes with it.
  if (!pages.has(browser)) pages.set(browser, browser.newPage());
  const page = await pages.get(browser)!;
  const pictures = [picture, Buffer.from(await Bun.file(kept).arrayBuffer())].map((bytes) => bytes.toString("base64"));
  return await page.evaluate(compared, [pictures, SQUARE_PX, TOLERANCE] as const);
}

/** Runs in the browser, which reads and scales pictures: each pixel of the scaled one is a square's mean. */
async function compared([pictures, square, tolerance]: readonly [string[], number, number]): Promise<number> {
  const [one, other] = await Promise.all(
    pictures.map(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes]));
      const [width, height] = [Math.ceil(picture.width / square), Math.ceil(picture.height / square)];
      const canvas = new OffscreenCanvas(width, height).getContext("2d")!;
      canvas.imageSmoothingQuality = "high";
      canvas.drawImage(picture, 0, 0, width, height);
      return { width, height, data: canvas.getImageData(0, 0, width, height).data };
    }),
  );
  if (!one || !other || one.width !== other.width || Math.abs(one.height - other.height) > 2) return 1;
  const squares = one.width * Math.min(one.height, other.height);
  let different = 0;
  for (let at = 0; at < squares; at++) {
    const most = [0, 1, 2].map((channel) => Math.abs(one.data[at * 4 + channel]! - other.data[at * 4 + channel]!));
    if (Math.max(...most) > tolerance) different++;
  }
  return different / squares;
}
