import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { WaitingBytes } from '../../../../server/src/zeromq/egress/waiting-bytes.ts';

const bytes = 1_000_000;

describe('what may wait for one peer', () => {
  it('is bounded by the mark alone while messages are small', () => {
    const waiting = new WaitingBytes({ mark: 1_000, bytes, largest: 50_000 });
    const answers = Array.from({ length: 100_000 }, () => waiting.sent(500));
    expect(answers).not.toContain(true);
    expect(waiting.mark).toBe(1_000);
  });

  it('may be too much once half of the bytes went out beyond what is even', () => {
    const waiting = new WaitingBytes({ mark: 1_000, bytes, largest: 50_000 });
    const answers = Array.from({ length: 51 }, () => waiting.sent(10_500));
    expect(answers.indexOf(true)).toBe(50);
    expect(waiting.lower()).toBe(Math.floor(500_000 / 21_000));
    for (let i = 0; i < 10_000; i++) expect(waiting.sent(21_000)).toBe(false);
  });

  it('begins again when nothing waits', () => {
    const waiting = new WaitingBytes({ mark: 1_000, bytes, largest: 50_000 });
    for (let i = 0; i < 50; i++) waiting.sent(10_500);
    waiting.reset();
    expect(waiting.sent(10_500)).toBe(false);
  });

  it('lets one message wait however large it is', () => {
    const waiting = new WaitingBytes({ mark: 10, bytes, largest: 5_000_000 });
    expect(waiting.sent(5_000_000)).toBe(true);
    expect(waiting.lower()).toBe(1);
    expect(waiting.sent(5_000_000)).toBe(false);
  });

  test.prop([fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 3_000 })])(
    'is never more for a peer that reads nothing, and the mark is lowered a few times at most',
    (sizes) => {
      const waiting = new WaitingBytes({ mark: 1_000, bytes, largest: 40_000 });
      let queue: number[] = [];
      let lowered = 0;
      for (const size of sizes) {
        const isFull = queue.length >= waiting.mark;
        if (!isFull) queue.push(size);
        if (waiting.sent(size)) {
          // All connections end.
          queue = [];
          waiting.lower();
          lowered++;
        }
        expect(queue.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(bytes);
      }
      expect(lowered).toBeLessThanOrEqual(Math.ceil(Math.log2(40_000 / 500)));
    },
  );
});
