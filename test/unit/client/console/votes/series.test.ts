import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BUCKETS_MOST, Series } from '../../../../../client/console/src/screens/votes/counting/series.ts';

it('a series has the votes of each choice at the end of each bucket, in a bounded number of them', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(30_000), choice: fc.constantFrom('a', 'b') }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (votes) => {
      const series = new Series();
      series.begin(5_000);
      let time = 5_000;
      const cast = votes.map(({ waitMs, choice }) => {
        time += waitMs;
        series.add(time, choice, 1);
        return { time, choice };
      });
      const standing = series.standing('a');
      expect(standing.length).toBeLessThanOrEqual(BUCKETS_MOST);
      for (const [bucket, count] of standing.entries()) {
        const endMs = 5_000 + (bucket + 1) * series.bucketMs;
        expect(count).toBe(cast.filter((vote) => vote.choice === 'a' && vote.time < endMs).length);
      }
    }),
  );
});

it('a vote that was changed leaves its first choice', () => {
  const series = new Series();
  series.add(0, 'a', 1);
  series.add(600, 'a', -1);
  series.add(600, 'b', 1);
  expect([series.standing('a'), series.standing('b')]).toEqual([
    [1, 1, 0],
    [0, 0, 1],
  ]);
});
