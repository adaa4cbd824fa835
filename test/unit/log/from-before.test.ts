import { describe, expect, it } from 'vitest';
import { FromBefore } from '../../../server/src/core/log/puts/from-before.ts';
import { fingerprintOf, RememberedPuts } from '../../../server/src/core/log/puts/remembered.ts';
import { ListedPuts } from '../../support/listed-puts.ts';

const AGE_MS = 1_000;

/** The time of day at which `elapsed` is 0. */
const DAY = 1_700_000_000_000;

const entryOf = (payload = '1', user = 'alice') => ({
  user,
  channels: ['a', 'b'],
  payload: Buffer.from(payload),
  republish: true,
});

/** Puts of one client, remembered from before, each with its moment as its id. */
function scene(...moments: number[]) {
  const puts = moments.map((atMs, i) => ({
    offset: 10 * i + 1,
    time: DAY + atMs,
    user: 'alice',
    channels: 2,
    key: { client: 'c', id: atMs, fingerprint: fingerprintOf(entryOf()), isMobile: false },
  }));
  const before = new FromBefore(new ListedPuts(puts), (time) => time - DAY);
  const remembered = new RememberedPuts({ weight: 100, ageMs: AGE_MS }, before);
  const find = (id: number, nowMs: number, firstSentMs?: number, payload?: string, user?: string) =>
    remembered.find({ client: 'c', id, firstSentMs }, entryOf(payload, user), nowMs);
  return { remembered, find };
}

const code = (is: string) => expect.objectContaining({ code: is }) as Error;

describe('puts from before a start (P10)', () => {
  it('are answered again, or refused where another put has their key', () => {
    const { find } = scene(100, 200);
    expect(find(200, 300)).toEqual({ time: DAY + 200, offsets: [11, 12], again: true });
    expect(() => find(200, 300, undefined, '2')).toThrow(code('put-conflict'));
    expect(find(150, 300, 150)).toBeUndefined();
  });

  it('are forgotten one by one for their age, and not appended twice', () => {
    const { remembered, find } = scene(100, 200, 900);
    expect(remembered.count).toBe(3);
    expect(find(100, 1_100, 100)).toMatchObject({ again: true });
    expect(() => find(100, 1_101, 100)).toThrow(code('outcome-unknown'));
    expect([find(100, 1_101), find(100, 1_101, 101)]).toEqual([undefined, undefined]);
    expect([find(200, 1_101, 150)?.again, remembered.count]).toEqual([true, 2]);
    find(200, 1_201);
    expect(remembered.count).toBe(1);
  });

  it('go together once the newest is too old, and whatever is as old counts as forgotten', () => {
    const { remembered, find } = scene(100, 900);
    expect(find(900, 1_900)).toMatchObject({ again: true });
    expect(() => find(900, 1_901, 900)).toThrow(code('outcome-unknown'));
    expect(() => find(5, 1_901, 900, '1', 'bob')).toThrow(code('outcome-unknown'));
    expect(find(6, 1_901, 901)).toBeUndefined();
    expect(remembered.count).toBe(0);
  });

  it('give way to what comes since, and are counted with it', () => {
    const { remembered, find } = scene(100, 900);
    remembered.add(
      { client: 'c', id: 5, firstSentMs: undefined },
      entryOf(),
      { time: 1, offsets: [31, 32] },
      950,
    );
    expect([find(5, 950)?.offsets, find(900, 950)?.offsets, remembered.count]).toEqual([
      [31, 32],
      [11, 12],
      3,
    ]);
    // The same key is put anew once it is forgotten.
    const again = { time: 2, offsets: [33, 34] };
    remembered.add({ client: 'c', id: 100, firstSentMs: undefined }, entryOf('2'), again, 1_200);
    expect(find(100, 1_200, undefined, '2')).toEqual({ ...again, again: true });
    expect(remembered.count).toBe(3);
  });

  it('stay, however much their user puts since', () => {
    const { remembered, find } = scene(900);
    for (let id = 1_000; id < 1_200; id++)
      remembered.add({ client: 'c', id, firstSentMs: undefined }, entryOf(), { time: 1, offsets: [id] }, 950);
    expect(find(900, 960, 899)).toMatchObject({ again: true });
  });

  it('of which there are none forget nothing', () => {
    const { remembered, find } = scene();
    expect([find(1, 5_000, -DAY), remembered.count]).toEqual([undefined, 0]);
  });
});
