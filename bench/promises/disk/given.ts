import { type Check, exactly, figure, reported } from '../check.ts';
import { count } from '../clients.ts';
import type { Account } from '../parts/listener.ts';
import { RawSession } from '../raw-session.ts';

/** Far longer than a server under load takes for one answer. */
const PATIENCE_MS = 5_000;

/**
 * Asks a server for the last publication of a channel.
 * @returns its offset; null: it was answered without, or not in time
 */
export function lastOf(port: number, epoch: string, channel: string): Promise<number | null> {
  return new Promise((resolve) => {
    let isDone = false;
    const done = (offset: number | null): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      resolve(offset);
      session.end();
    };
    const session = new RawSession(port, {
      opened: () => ({ epoch, subscriptions: [{ id: 1, channels: [channel], replay: { last: 1 } }] }),
      control: (message) => {
        // The replay is over, and had nothing.
        if ('live' in message || 'refused' in message) done(null);
      },
      publication: (data, at) => done(Number.parseInt(data.toString('latin1', at, at + 20), 10)),
      closed: () => done(null),
    });
    const timer = setTimeout(() => done(null), PATIENCE_MS);
  });
}

/** How many of these offsets lie in gaps. */
export const inGaps = (offsets: readonly number[], gaps: Account['gaps']): number =>
  count(offsets, (offset) =>
    gaps.some(({ from, to }) => offset >= (from ?? 0) && offset <= (to ?? Infinity)),
  );

/**
 * What a client was given of puts, beside what was accepted. A gap may leave open how many it stands for: what a log
 * remembers of dropped segments is bounded. Where it begins and ends it says, and a number that it gives is exact.
 * @param offsets of all puts that were accepted since it subscribed
 */
export function given(
  name: string,
  { received, gaps, disordered }: Account,
  offsets: readonly number[],
): Check[] {
  const counting = gaps.filter(({ missed }) => missed !== null);
  const wrong = count(counting, (gap) => gap.missed !== inGaps(offsets, [gap]));
  const missed = inGaps(offsets, gaps);
  const reasons = [...new Set(gaps.map(({ reason }) => reason))].join(', ');
  return [
    exactly(`${name}: received, and in the range of a gap`, received + missed, offsets.length),
    exactly(`${name}: gaps that give a wrong number`, wrong, 0),
    exactly(`${name}: out of order or twice`, disordered, 0),
    reported(
      `${name}: missed`,
      figure(missed),
      `${gaps.length} gaps${reasons && `: ${reasons}`}; ${counting.length} give a number`,
    ),
  ];
}
