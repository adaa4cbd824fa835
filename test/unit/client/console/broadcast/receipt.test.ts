import type { NamedSession, PutChannel, PutCounts, PutResult, PutWho } from '@zerospan/client';
import { describe, expect, it } from 'vitest';
import { planAgain } from '../../../../../client/console/src/screens/broadcast/receipt/again.ts';
import {
  boardRows,
  countsOf,
  FILTERS,
  type FilterName,
  matches,
} from '../../../../../client/console/src/screens/broadcast/receipt/board-rows.ts';
import { rowsOf, sumsOf } from '../../../../../client/console/src/screens/broadcast/receipt/receipt.ts';

const person = (name: string): NamedSession => ({ session: `s-${name}`, ref: `r-${name}`, name });

const NOBODY: PutWho = { has: [], skipped: [], unanswered: [], away: [], absent: [] };
const has = (name: string, afterMs: number) => [{ session: person(name), afterMs }];
const noAnswer = (name: string, acks = true) => [{ session: person(name), acks }];
const eve = { ...person('eve'), lostMs: 5_000, channels: [5] };

/** One channel for each thing that can become of a session, and some for two of them; and by name. */
const CHANNELS: readonly (readonly [PutChannel, Partial<PutWho>])[] = [
  [put('has', 1, { confirmed: 1 }), { has: has('ann', 12) }],
  [
    put('skips', 2, { confirmed: 1, skipped: 1 }),
    { has: has('ann', 3), skipped: [{ session: person('bob'), reason: 'lag' }] },
  ],
  [put('behind', 1, { unanswered: 1 }), { unanswered: noAnswer('cy') }],
  [put('away', 1, { unanswered: 1 }), { unanswered: noAnswer('dee'), away: [person('dee')] }],
  [put('nobody', 0), {}],
  [put('absent', 0), { absent: [eve] }],
  [put('native', 0, {}, 2), {}],
  [put('http', 1, { unanswered: 1 }), { unanswered: noAnswer('curl', false) }],
];
const UNNAMED: PutResult = { epoch: 'e', time: 1, channels: CHANNELS.map(([counted]) => counted) };
const RESULT: PutResult = {
  ...UNNAMED,
  channels: CHANNELS.map(([counted, who]) => ({ ...counted, who: { ...NOBODY, ...who } })),
};

function put(
  channel: string,
  sessions: number,
  counts: Partial<PutCounts> = {},
  nativeSubscriptions = 0,
): PutChannel {
  const none = { confirmed: 0, skipped: 0, unanswered: 0 };
  return { channel, offset: 1, sessions, nativeSubscriptions, ...none, ...counts };
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
    expect(rowsOf(UNNAMED)[0]).not.toHaveProperty('people');
    const [first] = UNNAMED.channels;
    const { channel = '', offset = 0, sessions = 0, nativeSubscriptions = 0 } = first ?? {};
    const accepted = { ...UNNAMED, channels: [{ channel, offset, sessions, nativeSubscriptions }] };
    expect(rowsOf(accepted)[0]).not.toHaveProperty('counts');
  });

  it('stand with those first who need somebody, and are as many as there are sessions', () => {
    const rows = boardRows(rowsOf(RESULT));
    expect(rows.map(({ row, standing }) => `${row.channel} ${standing?.kind ?? ''}`)).toEqual([
      'skips skipped',
      'behind no-answer',
      'nobody ',
      'away away',
      'absent absent',
      'http no-acks',
      'has has',
      'skips has',
      'native ',
    ]);
    const shown = (name: FilterName) => rows.filter((each) => matches(each, name)).length;
    const counts = countsOf(rowsOf(RESULT));
    for (const name of FILTERS) if (name !== 'all') expect([name, shown(name)]).toEqual([name, counts[name]]);
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
    const { channels, twice, twiceUnnamed } = planAgain(rowsOf(UNNAMED));
    expect(channels).toEqual(['skips', 'nobody', 'absent']);
    expect(twice).toEqual([]);
    expect(twiceUnnamed).toBe(1);
  });
});
