/** What `look` finds, asked every 20 ms. */
export async function until<T>(look: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`nothing within ${withinMs} ms`);
    await Bun.sleep(20);
  }
}
