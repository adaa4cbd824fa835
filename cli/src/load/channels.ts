/**
 * The channels that a load goes to: one by its name, or as many as are asked for, numbered behind a common beginning
 * (`load.7`).
 * @param count 0: the one channel with just this name
 */
export function channelsOf(name: string, count: number): string[] {
  return count === 0 ? [name] : Array.from({ length: count }, (_, i) => `${name}.${i}`);
}
