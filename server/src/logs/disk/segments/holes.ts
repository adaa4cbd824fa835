import type { PackTable } from '../index/segment-index.ts';

/** Offsets that are missing, or may be: nobody knows what they had. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

/** Beyond these the two oldest become one, with what lies between them. */
const HOLES_MOST = 256;

/** What is missing in a log that should be there, by offset. */
export class Holes {
  readonly #most: number;
  #all: readonly Hole[] = [];

  constructor(most = HOLES_MOST) {
    this.#most = most;
  }

  /** By offset; no two meet. */
  get all(): readonly Hole[] {
    return this.#all;
  }

  /** Offset of the newest that is missing; 0: none is. */
  get upTo(): number {
    return this.#all.at(-1)?.to ?? 0;
  }

  /** @returns false: it was known */
  add({ from, to }: Hole): boolean {
    if (this.#all.some((hole) => hole.from <= from && to <= hole.to)) return false;
    const apart = this.#all.filter((hole) => hole.to < from - 1 || hole.from > to + 1);
    const met = this.#all.filter((hole) => !apart.includes(hole));
    const whole = {
      from: Math.min(from, ...met.map((hole) => hole.from)),
      to: Math.max(to, ...met.map((hole) => hole.to)),
    };
    const all = [...apart, whole].sort((a, b) => a.from - b.from);
    const [first, second] = all;
    if (all.length > this.#most && first && second) all.splice(0, 2, { from: first.from, to: second.to });
    this.#all = all;
    return true;
  }

  /** Forgets what lies up to an offset: something else is known to be missing there. */
  forget(upTo: number): void {
    this.#all = this.#all.filter(({ to }) => to > upTo);
  }

  /** The one that an offset is in. */
  around(offset: number): Hole | undefined {
    return this.#all.find(({ from, to }) => from <= offset && offset <= to);
  }

  /** What is missing above an offset, from the first to the last of it; undefined: nothing. */
  above(offset: number): Hole | undefined {
    const first = this.#all.find(({ to }) => to > offset);
    return first && { from: Math.max(first.from, offset + 1), to: this.upTo };
  }
}

/** What is missing in a segment, by its packs. @param span from above `before` up to and with `last` */
export function* missingIn(
  packs: PackTable,
  { before, last }: { readonly before: number; readonly last: number },
): Generator<Hole, void> {
  let next = before + 1;
  for (let i = 0; i < packs.count; i++) {
    const { first, entries } = packs.at(i);
    if (first > next) yield { from: next, to: first - 1 };
    next = first + entries;
  }
  if (next <= last) yield { from: next, to: last };
}
