import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Placed } from '../../../server/src/core/log/frame.ts';
import { Channel } from '../../../server/src/logs/memory/channel.ts';
import { type About, Held } from '../../../server/src/logs/memory/held.ts';
import { Places } from '../../../server/src/logs/memory/places.ts';

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
  return { memory, at: offset % 7, bytes: 100 + (offset % 11), nativeAt: offset % 13 };
}

describe('places of the log in memory', () => {
  test.prop([fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 12 })], { numRuns: 50 })(
    'hold what was added and not let go of, however they grow and shrink',
    (steps) => {
      const places = new Places();
      let [first, next] = [1, 1];
      for (const step of steps) {
        for (let i = 0; i < step; i++, next++)
          places.push(aboutOf(next), placedOf(next), channels[next % 2] as Channel, momentOf(next));
        for (let i = 0; i > step && first < next; i--, first++) places.shift();
        expect([places.first, places.length, places.has(first - 1), places.has(next)]).toEqual([
          first,
          next - first,
          false,
          false,
        ]);
        for (let offset = first; offset < next; offset += 499) {
          const held = new Held(aboutOf(offset), placedOf(offset));
          expect(places.at(offset)).toEqual(held);
          expect(places.at(offset).frame.equals(held.frame)).toBe(true);
          expect(places.momentAt(offset)).toBe(momentOf(offset));
          expect(places.bytesAt(offset)).toBe(held.frameBytes);
          expect(places.isGapAt(offset)).toBe(held.kind === 'gap');
          expect(places.channelAt(offset)).toBe(channels[offset % 2]);
        }
      }
    },
  );

  it('find the first entry of a moment or later, or the next one to come', () => {
    const places = new Places();
    for (let offset = 1; offset <= 100; offset++)
      places.push(aboutOf(offset), placedOf(offset), channels[0], momentOf(offset));
    for (let i = 0; i < 9; i++) places.shift();
    const at = momentOf;
    expect(places.firstFrom(0)).toBe(10);
    expect(places.firstFrom(at(10))).toBe(10);
    expect(places.firstFrom(at(40))).toBe(40);
    expect(places.firstFrom(at(43))).toBe(40);
    expect(places.firstFrom(at(100) + 1)).toBe(101);
  });
});
