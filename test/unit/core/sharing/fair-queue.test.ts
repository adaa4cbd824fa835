import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../../server/src/core/sharing/fair-queue.ts';

function scene(most: number) {
  const gone: string[] = [];
  const queue = new FairQueue<string>(most, ({ value }) => gone.push(value));
  const add = (user: string, value: string, weight = 1) => {
    const queued = queue.add(user, weight, value);
    queue.makeRoom(user);
    return queued;
  };
  return { queue, gone, add };
}

describe('a queue with fair shares', () => {
  it('lets go of the oldest of a user that has more than its share, not of the others', () => {
    const { queue, gone, add } = scene(16);
    add('alice', 'a');
    for (let i = 1; i <= 20; i++) add('mallory', `m${i}`);
    expect([queue.count, queue.oldest?.value]).toEqual([12, 'a']);
    expect(gone).toEqual(Array.from({ length: 9 }, (_, i) => `m${i + 1}`));
  });

  it('lets go of the oldest of all where every user is within its share', () => {
    const { queue, gone, add } = scene(16);
    for (let i = 1; i <= 20; i++) add(`u${i}`, `${i}`);
    expect([queue.count, queue.users, gone]).toEqual([16, 16, ['1', '2', '3', '4']]);
  });

  it('what alone is more than a share goes itself where there is no room', () => {
    const { queue, gone, add } = scene(16);
    for (let i = 1; i <= 12; i++) add(`u${i}`, `${i}`);
    add('mallory', 'heavy', 3);
    expect([queue.count, queue.weight, gone]).toEqual([12, 12, ['heavy']]);
  });

  it('keeps its bound, its order and its sums, whatever comes and goes', () => {
    const steps = fc.array(
      fc.record({
        user: fc.nat(5),
        weight: fc.integer({ min: 1, max: 5 }),
        removes: fc.boolean(),
        at: fc.nat(),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const held = new Map<number, { weight: number; queued: ReturnType<FairQueue<number>['add']> }>();
        const queue = new FairQueue<number>(40, ({ value }) => held.delete(value));
        for (const [i, { user, weight, removes, at }] of all.entries()) {
          const known = [...held];
          const one = known[at % Math.max(known.length, 1)];
          if (removes && one) {
            queue.remove(one[1].queued);
            held.delete(one[0]);
          } else {
            held.set(i, { weight, queued: queue.add(`u${user}`, weight, i) });
            queue.makeRoom(`u${user}`);
          }
          expect(queue.oldest?.value).toBe([...held.keys()][0]);
          expect(queue.count).toBe(held.size);
          expect(queue.weight).toBe([...held.values()].reduce((sum, each) => sum + each.weight, 0));
          expect(queue.weight).toBeLessThanOrEqual(40);
          expect(queue.users).toBe(new Set([...held.values()].map(({ queued }) => queued.user)).size);
        }
      }),
    );
  });
});
