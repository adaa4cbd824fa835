import { describe, expect, it } from 'vitest';
import { granted, hasReceived, NEW, replayed } from '../../../client/src/subscriptions/stage.ts';

describe('a subscription whose history has begun', () => {
  it('is known to have been given everything above its subscribed, so that a sibling does not give it again', () => {
    const asked = granted(NEW, { id: 1, offset: 5, replaying: true });
    expect(hasReceived(asked, 6, 5)).toBe(false);
    const given = replayed(asked, 7);
    expect(hasReceived(given, 6, 5)).toBe(true);
    expect(hasReceived(given, 8, 5)).toBe(false);
    // Of what lies below, a replay of the last n gives only a part.
    expect(hasReceived(given, 4, 5)).toBe(false);
  });

  it('live, is not taken to have been given what its session, still behind, has not been sent', () => {
    const live = granted(NEW, { id: 1, offset: 5, replaying: false });
    expect(hasReceived(live, 7, 6)).toBe(false);
    expect(hasReceived(live, 7, 7)).toBe(true);
  });
});
