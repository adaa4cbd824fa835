import { Stamps } from '../following/stamps.ts';
import { below } from '../places.ts';
import type { Message, Stream } from '../stream.ts';

/**
 * The first message of a time or later, found by halves: a question costs a fraction of a ms.
 * @param first sequence of the oldest message that may be it
 * @param last sequence of the newest
 * @returns its sequence; one above `last` where all are earlier
 */
export async function firstOfTime(
  stream: Pick<Stream, 'next'>,
  stamps: Pick<Stamps, 'of'>,
  time: number,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<number> {
  let [from, to] = [first, last + 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const message: Message | undefined = await stream.next(middle);
    if (!message || message.sequence >= to || stamps.of(message.sequence, message.time) >= time) to = middle;
    else from = message.sequence + 1;
  }
  return from;
}

/** Sequence of the newest message that is held in a range; one below `first`: none is. */
export async function newestHeld(
  stream: Pick<Stream, 'next'>,
  range: { readonly first: number; readonly last: number },
): Promise<number> {
  return (await firstOfTime(stream, new Stamps(), Number.POSITIVE_INFINITY, range)) - 1;
}

/** The highest offset that is known to lie below every entry from a sequence on. */
export function offsetBelow(sequence: number, first: number): number {
  // Of what was dropped before the first one held, nobody knows when it was.
  return sequence <= first && first > 1 ? 0 : below(Math.max(sequence, 1));
}
