/** What `look` finds, asked every 20 ms. The deadline only ends what hangs: how long something takes is for a test to measure. */
export async function until<T>(look: () => Promise<T | undefined>, withinMs = 30_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`nothing within ${withinMs} ms`);
    await Bun.sleep(20);
  }
}
