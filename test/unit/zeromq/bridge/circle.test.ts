import { describe, expect, it } from 'vitest';
import { CIRCLE_GONE_MS, CIRCLE_SAID_MS, Circle } from '../../../../server/src/zeromq/bridge/circle.ts';
import { ANNOUNCE_MS } from '../../../../server/src/zeromq/bridge/loop-guard.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { Lines } from '../../../support/zeromq.ts';

describe('a circle without origins', () => {
  it('is entered when the bridge hears itself, said once, and left when it has not for three announcements', () => {
    const clock = new ManualClock();
    const logger = new Lines();
    const circle = new Circle({ address: 'tcp://x:1', logger, clock });
    expect(circle.isClosed).toBe(false);
    circle.heardOwn();
    expect(circle.isClosed).toBe(true);
    for (let i = 0; i < 5; i++) {
      circle.heardOwn();
      clock.advance(ANNOUNCE_MS);
      expect(circle.isClosed).toBe(true);
    }
    expect(logger.lines).toMatchObject([{ level: 'warn', about: { address: 'tcp://x:1' } }]);
    expect(logger.lines[0]?.text).toContain('Remedy: ');
    clock.advance(CIRCLE_GONE_MS - ANNOUNCE_MS);
    expect(circle.isClosed).toBe(false);
    expect(logger.lines[1]).toMatchObject({ level: 'info', about: { address: 'tcp://x:1' } });
    circle.heardOwn();
    expect(circle.isClosed).toBe(true);
    clock.advance(CIRCLE_SAID_MS);
    expect(logger.lines).toHaveLength(3);
    circle.close();
    expect(clock.pending).toBe(0);
  });

  it('is none, and nothing is said, when the source shows right behind that it carries origins', () => {
    const clock = new ManualClock();
    const logger = new Lines();
    const circle = new Circle({ address: 'tcp://x:1', logger, clock });
    circle.heardOwn();
    circle.gone();
    circle.gone();
    expect(circle.isClosed).toBe(false);
    clock.advance(CIRCLE_GONE_MS);
    expect(logger.lines).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
