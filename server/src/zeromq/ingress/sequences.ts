/** Channels whose numbers are followed. The longest unheard is forgotten, and is then like one that was never heard. */
export const NUMBERED_CHANNELS = 10_000;

interface Numbered {
  readonly last: number;
  /** What the publisher counts from: 0 if it was ever heard to begin there. */
  readonly base: 0 | 1;
  /** The state of the peers when `last` was heard. */
  readonly changes: number;
  /** The last number before the publisher restarted. */
  readonly before?: number | undefined;
  /** Several publishers number it, so that its numbers say nothing. */
  readonly isShared?: true;
}

/**
 * What a number means. `next`: nothing was lost. `missed`: that many messages were lost before it. `anew`: the
 * publisher restarted, and that many of its messages since were lost; how many it had sent last before that is unknown.
 * `shared`: several publishers number this channel.
 */
export type Verdict =
  | { readonly kind: 'next' | 'shared' }
  | { readonly kind: 'missed' | 'anew'; readonly missed: number };

const NEXT: Verdict = { kind: 'next' };
const SHARED: Verdict = { kind: 'shared' };

/** The numbers that publishers give their messages: each counts its own on one channel, ascending by one. */
export class Sequences {
  readonly #most: number;
  readonly #byChannel = new Map<string, Numbered>();
  /** Channels found to be numbered by several publishers. */
  shared = 0;

  constructor(most = NUMBERED_CHANNELS) {
    this.#most = most;
  }

  /**
   * Whether a number is not above the last one although no peer has come or gone since: perhaps that is only not known
   * yet.
   */
  fallsBack(channel: string, sequence: number, changes: number): boolean {
    const known = this.#byChannel.get(channel);
    return known !== undefined && !known.isShared && sequence <= known.last && changes === known.changes;
  }

  /** @param changes how many peers have come and gone so far: a publisher that restarted was away, or is another one */
  judge(channel: string, sequence: number, changes: number): Verdict {
    const known = this.#byChannel.get(channel);
    this.#byChannel.delete(channel);
    const [now, verdict] = known ? judged(known, sequence, changes) : [begun(sequence, changes), NEXT];
    this.#byChannel.set(channel, now);
    if (now.isShared && !known?.isShared) this.shared++;
    if (this.#byChannel.size > this.#most) {
      const [longest = channel] = this.#byChannel.keys();
      this.#byChannel.delete(longest);
    }
    return verdict;
  }
}

function begun(sequence: number, changes: number): Numbered {
  return { last: sequence, base: sequence === 0 ? 0 : 1, changes };
}

function judged(known: Numbered, sequence: number, changes: number): [Numbered, Verdict] {
  const { last, before, isShared } = known;
  if (isShared) return [known, SHARED];
  if (sequence === last + 1) return [{ ...known, last: sequence, changes }, NEXT];
  // It had not restarted: the publisher from before continues beside another one.
  const goesOnBeside =
    sequence > last ? before !== undefined && sequence === before + 1 : changes === known.changes;
  if (goesOnBeside) return [{ ...known, isShared: true }, SHARED];
  if (sequence > last)
    return [
      { ...known, last: sequence, changes },
      { kind: 'missed', missed: sequence - last - 1 },
    ];
  const base = sequence === 0 ? 0 : known.base;
  return [
    { last: sequence, base, changes, before: last },
    { kind: 'anew', missed: sequence - base },
  ];
}
