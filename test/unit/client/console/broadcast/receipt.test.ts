import type { PutResult } from '@zerospan/client';
import { describe, expect, it } from 'vitest';
import { planAgain } from '../../../../../client/console/src/screens/broadcast/receipt/again.ts';
import { rowsOf, sumsOf } from '../../../../../client/console/src/screens/broadcast/receipt/receipt.ts';

const person = (name: string) => ({ session: `s-${name}`, ref: `r-${name}`, name });

/** One channel for each thing that can become of a session, and some for two of them. */
const RESULT = {
  epoch: 'e',
  time: 1,
  channels: [
    counted('has', 1, { confirmed: 1, who: { has: [[0, 12]] } }),
    counted('skips', 2, { confirmed: 1, skipped: 1, who: { has: [[0, 3]], skipped: [[1, 'lag']] } }),
    counted('behind', 1, { unanswered: 1, who: { unanswered: [[2]] } }),
    counted('away', 1, { unanswered: 1, who: { unanswered: [[3]], away: [3] } }),
    counted('nobody', 0, {}),
    counted('absent', 0, {}),
    counted('native', 0, { nativeSubscriptions: 2 }),
    counted('http', 1, { unanswered: 1, who: { unanswered: [[4, 'no-acks']] } }),
  ],
  sessions: ['ann', 'bob', 'cy', 'dee', 'curl'].map(person),
  absent: [{ ...person('eve'), lostMs: 5_000, channels: [5] }],
} as unknown as PutResult;

function counted(channel: string, sessions: number, parts: Record<string, unknown>) {
  const who = { has: [], skipped: [], unanswered: [], away: [], ...(parts.who as object | undefined) };
  const counts = { confirmed: 0, skipped: 0, unanswered: 0, nativeSubscriptions: 0 };
  return { channel, offset: 1, sessions, ...counts, ...parts, who };
}

describe('the rows of a receipt', () => {
  it('name each session in its state', () => {
    const said = rowsOf(RESULT).map(({ channel, people }) => [
      channel,
      people?.map(({ who, standing }) => `${who.name} ${standing.kind}`),
    ]);
    expect(Object.fromEntries(said)).toEqual({
      has: ['ann has'],
      skips: ['bob skipped', 'ann has'],
      behind: ['cy no-answer'],
      away: ['dee away'],
      nobody: [],
      absent: ['eve absent'],
      native: [],
      http: ['curl no-acks'],
    });
  });

  it('have the sums of the receipt', () => {
    expect(sumsOf(rowsOf(RESULT))).toEqual({
      confirmed: 2,
      skipped: 1,
      unanswered: 3,
      sessions: 6,
      nativeSubscriptions: 2,
      nobody: 2,
    });
  });

  it('name nobody where the receipt does not, and count nothing where there is none', () => {
    const { epoch, time, channels: all } = RESULT;
    const unnamed = { epoch, time, channels: all };
    expect(rowsOf(unnamed)[0]).not.toHaveProperty('people');
    const [first] = unnamed.channels;
    const { channel = '', offset = 0, sessions = 0, nativeSubscriptions = 0 } = first ?? {};
    const accepted = { ...unnamed, channels: [{ channel, offset, sessions, nativeSubscriptions }] };
    expect(rowsOf(accepted)[0]).not.toHaveProperty('counts');
  });
});

describe('to send again', () => {
  it('puts where a session skipped it or there was nobody, and leaves those alone who get it from the log', () => {
    const { channels, nobody, twice, twiceUnnamed, left } = planAgain(rowsOf(RESULT));
    expect(channels).toEqual(['skips', 'nobody']);
    expect(nobody).toBe(1);
    expect(twice.map(({ channel, who }) => [channel, who.name])).toEqual([['skips', 'ann']]);
    expect(twiceUnnamed).toBe(0);
    expect(left).toEqual(['behind', 'away', 'absent', 'http']);
  });

  it('says how many get it twice where they have no names', () => {
    const { epoch, time, channels: all } = RESULT;
    const { channels, twice, twiceUnnamed } = planAgain(rowsOf({ epoch, time, channels: all }));
    expect(channels).toEqual(['skips', 'nobody', 'absent']);
    expect(twice).toEqual([]);
    expect(twiceUnnamed).toBe(1);
  });
});
