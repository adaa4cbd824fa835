import type { PlacedClaims } from '../epoch/claims.ts';

/** Under which claim something was read, and where that counts. */
interface Standing {
  readonly source: string;
  /** Behind this sequence. */
  readonly since: number;
  /** Up to this one: there another claim on the source stands. */
  readonly upTo: number;
}

/**
 * Which claims on sources stand at which place of the stream. A node that stood still for a while and goes on does not
 * know yet that another one reads its source: what it writes under its old claim is left out by every node alike, as
 * each goes by what the stream says before that place.
 */
export class Fences {
  readonly #from: number;
  readonly #byFence = new Map<number, Standing>();
  /** Where each source was claimed first. */
  readonly #firsts = new Map<string, number>();

  constructor({ from, all }: PlacedClaims) {
    this.#from = from;
    const heirs = new Map<string, number>();
    for (const { source, fence, since, first } of all.toReversed()) {
      this.#byFence.set(fence, { source, since, upTo: heirs.get(source) ?? Number.POSITIVE_INFINITY });
      heirs.set(source, since);
      this.#firsts.set(source, first);
    }
  }

  /** Whether what was read under a claim counts at a place. */
  stands(fence: number, sequence: number): boolean {
    const standing = this.#byFence.get(fence);
    if (!standing) return sequence <= this.#from;
    return sequence > standing.since && sequence <= standing.upTo;
  }

  /** Undefined: nobody knows any more. */
  sourceOf(fence: number): string | undefined {
    return this.#byFence.get(fence)?.source;
  }

  /** Where a source was claimed first; undefined: it never was. */
  firstOf(source: string): number | undefined {
    return this.#firsts.get(source);
  }
}
