/** Lets all promises run that only wait for each other, as Node does after each thing it calls. */
export async function promises(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Moves as often as something does; says whether anything did. */
export function all(moves: () => boolean): boolean {
  if (!moves()) return false;
  while (moves());
  return true;
}
