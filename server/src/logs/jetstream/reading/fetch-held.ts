import type { Message, Range, Stream } from '../stream.ts';

/**
 * Fetches some of a range, from its beginning on. What is left out between them is not held, nor anything of the range
 * where none is answered: the server that was asked first may lag behind, so the one that decides is asked as well.
 * @param missing called with each sequence that is not held, unless another one right before it is not
 */
export async function fetchHeld(
  source: Pick<Stream, 'fetch' | 'next'>,
  range: Range,
  missing: (sequence: number) => Promise<void>,
): Promise<readonly Message[]> {
  const { from, to } = range;
  const decided = async (sequence: number): Promise<Message | undefined> => {
    const next = await source.next(sequence);
    if (next?.sequence !== sequence) await missing(sequence);
    return next;
  };
  const messages = await source.fetch(range);
  let next = from;
  for (const [i, { sequence }] of messages.entries()) {
    if (sequence > next) {
      const held = await decided(next);
      if (held && held.sequence < sequence) return [...messages.slice(0, i), held];
    }
    next = sequence + 1;
  }
  if (messages.length > 0) return messages;
  const held = await decided(from);
  return held && held.sequence <= to ? [held] : [];
}
