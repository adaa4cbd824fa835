const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a of the bytes between two places, from a seed, with its upper half folded into the lower one: the lower bits
 * alone would not depend on the upper bits of any letter. The seed is drawn for each footer, so that nobody can choose
 * names that all meet in one place.
 */
export function hashOf(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let hash = BASIS ^ seed;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), PRIME);
  return (hash ^ (hash >>> 16)) >>> 0;
}
