/**
 * Waits for something that another program or socket brings about: polls until `condition` answers something true, and
 * answers that. Fails after `withinMs`, saying `what` never came: that finds what hangs, on a busy machine as well.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() > endMs) throw new Error(`${what}: did not come within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
