import { describe, expect, it } from 'vitest';
import { Notices } from '../../../../server/src/zeromq/egress/notices.ts';
import { PARTS_MAX } from '../../../../server/src/zeromq/sockets/excesses.ts';

const one = [Buffer.from('x')];

describe('what peers send to the egress', () => {
  it('may be messages, unless subscriptions wait behind them: those are taken for other peers’', () => {
    const notices = new Notices();
    expect(notices.excessOf(one, false, false)).toBeUndefined();
    expect(notices.excessOf(one, true, true)).toBeUndefined();
    expect(notices.excessOf(one, false, true)).toBeUndefined();
    expect(notices.excessOf(one, false, true)).toBeUndefined();
    expect(notices.excessOf(one, true, true)).toEqual(['upstream-messages', {}]);
  });

  it('is in order again once all is read', () => {
    const notices = new Notices();
    notices.excessOf(one, false, true);
    notices.excessOf(one, false, false);
    expect(notices.excessOf(one, true, true)).toBeUndefined();
  });

  it(`has at most ${PARTS_MAX} parts`, () => {
    const parts = new Array<Buffer>(PARTS_MAX).fill(Buffer.alloc(0));
    expect(new Notices().excessOf(parts, false, false)).toBeUndefined();
    expect(new Notices().excessOf([...parts, Buffer.alloc(0)], false, false)).toEqual([
      'parts',
      { parts: PARTS_MAX + 1 },
    ]);
  });
});
