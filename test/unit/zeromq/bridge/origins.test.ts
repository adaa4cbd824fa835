import { describe, expect, it } from 'vitest';
import { ORIGINS_MAX, Origins } from '../../../../server/src/zeromq/bridge/origins.ts';

describe('the publications of other bridges', () => {
  it('are taken once each, by the bridge where they began and their number there', () => {
    const origins = new Origins('me');
    const take = (bridge: string, number: number) => origins.take({ bridge, number });
    expect([take('a', 1), take('b', 1), take('a', 1), take('a', 2), take('b', 1)]).toEqual([
      'new',
      'new',
      'seen',
      'new',
      'seen',
    ]);
  });

  it('are never taken when they began here', () => {
    expect(new Origins('me').take({ bridge: 'me', number: 77 })).toBe('seen');
  });

  it(`are remembered for ${ORIGINS_MAX} bridges; the longest silent one is forgotten`, () => {
    const origins = new Origins('me');
    for (let i = 0; i < ORIGINS_MAX; i++) origins.take({ bridge: `b${i}`, number: 1 });
    origins.take({ bridge: 'b0', number: 2 });
    origins.take({ bridge: 'one more', number: 1 });
    expect(origins.size).toBe(ORIGINS_MAX);
    expect(origins.take({ bridge: 'b0', number: 1 })).toBe('seen');
    expect(origins.take({ bridge: 'b1', number: 1 })).toBe('new');
  });
});
