import { describe, expect, it } from 'vitest';
import { Histogram, PutTally } from '../../../../cli/src/load/index.ts';

const subscribers = new Map([
  ['one', 3],
  ['two', 0],
]);

describe('what is due', () => {
  it('of puts follows from what was accepted, channel by channel', () => {
    const tally = new PutTally(subscribers);
    for (let i = 0; i < 4; i++) tally.put();
    tally.appended('one', 500);
    tally.appended('two', 700);
    tally.refusal('draining');
    expect(tally.summary()).toMatchObject({
      sent: 4,
      accepted: 2,
      refused: 1,
      refusedByCode: { draining: 1 },
      due: 3,
    });
  });

  it('of messages without answers follows from what was sent, less what was kept back', () => {
    const tally = new PutTally(subscribers);
    for (let i = 0; i < 3; i++) tally.published('one');
    tally.published('two');
    tally.published('unheard of');
    tally.kept('one');
    expect(tally.summary()).toMatchObject({ sent: 4, notSent: 1, due: 6 });
  });

  it('is reported once', () => {
    const tally = new PutTally(subscribers);
    tally.put();
    tally.appended('one', 500);
    expect(Histogram.of([tally.summary().answers]).quantile(1)).toBeGreaterThanOrEqual(500);
    expect(tally.summary()).toEqual({
      sent: 0,
      notSent: 0,
      accepted: 0,
      refused: 0,
      refusedByCode: {},
      due: 0,
      answers: [],
    });
  });
});
