import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Channel } from '../../../server/src/core/log/hot/channel.ts';
import { type About, Held } from '../../../server/src/core/log/hot/held.ts';
import { Places } from '../../../server/src/core/log/hot/places.ts';
import type { Placed } from '../../../server/src/core/log/text.ts';

const memory = Buffer.from(Array.from({ length: 128 }, (_, i) => i));
const channels = [new Channel('a', 0), new Channel('b', 0)] as const;

function aboutOf(offset: number): About {
  return {
    kind: offset % 3 === 0 ? 'gap' : 'publication',
    offset,
    time: 1_795_458_000_000 + Math.floor(offset / 4),
    channel: offset % 2 ? 'b' : 'a',
    republish: offset % 5 === 0,
  };
}

function momentOf(offset: number): number {
  return 40_000 + Math.floor(offset / 4);
}

function placedOf(offset: number): Placed {
  return { memory, at: offset % 7, textBytes: 100 + (offset % 11), nativeAt: offset % 13 };
}

/** Offsets without a hole, in steps, and in runs. */
const OFFSETS = {
  dense: (n: number): number => n,
  'in steps': (n: number): number => n * 4_096,
  'in runs': (n: number): number => Math.floor(n / 10) * 4_096 + (n % 10) + 1,
};

describe.each(Object.entries(OFFSETS))('places of the log in memory, offsets %s', (_, offsetOf) => {
  test.prop([fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 12 })], { numRuns: 50 })(
    'hold what was added and not let go of, however they grow and shrink',
    (steps) => {
      const places = new Places();
      let [first, next] = [0, 0];
      for (const step of steps) {
        for (let i = 0; i < step; i++, next++) {
          const offset = offsetOf(next);
          places.push(aboutOf(offset), placedOf(offset), channels[offset % 2] as Channel, momentOf(offset));
        }
        for (let i = 0; i > step && first < next; i--, first++) places.shift();
        expect([places.first, places.length, places.end]).toEqual([first, next - first, next]);
        expect([places.find(offsetOf(first) - 1), places.find(offsetOf(next))]).toEqual([
          undefined,
          undefined,
        ]);
        expect([places.firstAbove(-1), places.firstAbove(offsetOf(next))]).toEqual([first, next]);
        for (let place = first; place < next; place += 499) {
          const offset = offsetOf(place);
          const held = new Held(aboutOf(offset), placedOf(offset));
          expect(places.find(offset)).toBe(place);
          expect([places.firstAbove(offset - 1), places.firstAbove(offset)]).toEqual([place, place + 1]);
          expect(places.at(place)).toEqual(held);
          expect(places.at(place).text.equals(held.text)).toBe(true);
          expect(places.offsetAt(place)).toBe(offset);
          expect(places.momentAt(place)).toBe(momentOf(offset));
          expect(places.bytesAt(place)).toBe(held.textBytes);
          expect(places.isGapAt(place)).toBe(held.kind === 'gap');
          expect(places.channelAt(place)).toBe(channels[offset % 2]);
        }
      }
    },
  );

  it('find the first entry of a moment, or of a time, or later', () => {
    const places = new Places();
    for (let n = 1; n <= 100; n++) {
      const at = { ...aboutOf(offsetOf(n)), time: 1_000 + Math.floor(n / 4) };
      places.push(at, placedOf(n), channels[0], momentOf(n));
    }
    for (let i = 0; i < 9; i++) places.shift();
    const nth = (place: number): number => place + 1;
    const at = momentOf;
    expect(nth(places.firstFrom(0))).toBe(10);
    expect(nth(places.firstFrom(at(10)))).toBe(10);
    expect(nth(places.firstFrom(at(40)))).toBe(40);
    expect(nth(places.firstFrom(at(43)))).toBe(40);
    expect(nth(places.firstFrom(at(100) + 1))).toBe(101);
    expect(nth(places.firstAt(0))).toBe(10);
    expect(nth(places.firstAt(1_010))).toBe(40);
    expect(nth(places.firstAt(1_026))).toBe(101);
  });
});
