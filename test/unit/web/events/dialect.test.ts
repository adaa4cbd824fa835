import { LIMITS } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lines, sse } from '../../../../server/src/web/http/api/events/dialect.ts';
import { positionOf, positionText } from '../../../../server/src/web/http/api/events/position.ts';
import { requestOf } from '../../../../server/src/web/http/api/events/query.ts';
import { SseParser } from '../../../support/event-reader.ts';
import { entryOf } from '../../../support/zeromq.ts';

const channels = fc.constantFrom('a', 'raum-ü', '"', '\\', '👋.1', 'x'.repeat(255));
/** A value as it may be written: with any white space between its tokens. */
const spaces = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const texts = fc
  .tuple(spaces, fc.jsonValue(), spaces, spaces)
  .map(([before, value, between, after]) => `${before}[${between}${JSON.stringify(value)}]${after}`);
const entries = fc
  .array(fc.tuple(channels, texts), { minLength: 1, maxLength: 5 })
  .map((all) => all.map(([channel, text], i) => entryOf(channel, text, true, i + 1)));

describe('events', () => {
  it('have the payload as it was put, on one line, whatever is in it', () => {
    fc.assert(
      fc.property(entries, (some) => {
        const before = some.map(({ text }) => Buffer.from(text));
        const parser = new SseParser();
        parser.take(sse.speechOf('E').encoding.encode(some).toString());
        const read = lines.speechOf('E').encoding.encode(some).toString();
        expect(read.endsWith('\n')).toBe(true);
        expect(read).not.toContain('\r');
        const objects = read
          .slice(0, -1)
          .split('\n')
          .map((line) => JSON.parse(line) as unknown);
        expect(parser.events.map(({ data }) => data)).toEqual(objects);
        for (const [i, { channel, offset, time, text, nativeAt }] of some.entries()) {
          const payload = text.subarray(nativeAt + Buffer.byteLength(channel) + 1).toString();
          expect(objects[i]).toEqual({ channel, epoch: 'E', offset, time, message: JSON.parse(payload) });
          expect(parser.events[i]?.id).toBe(positionText({ epoch: 'E', offset }));
        }
        expect(some.map(({ text }) => text)).toEqual(before);
      }),
    );
  });

  it('have positions of one length that read back, and nothing else does', () => {
    for (const offset of [0, 1, 12_345, Number.MAX_SAFE_INTEGER]) {
      const text = positionText({ epoch: 'a_1_b', offset });
      expect(text).toHaveLength('a_1_b_'.length + 16);
      expect(positionOf(text)).toEqual({ epoch: 'a_1_b', offset });
    }
    expect(positionOf('E_7')).toEqual({ epoch: 'E', offset: 7 });
    for (const bad of [
      '',
      'E',
      'E_',
      '_1',
      'E_1x',
      'E_-1',
      'E_1.5',
      'E_9007199254740993',
      'É_1',
      `${'e'.repeat(129)}_1`,
    ])
      expect(positionOf(bad), bad).toBeUndefined();
  });

  it('say a gap without what numbers a subscription, and nothing of what means nothing to them', () => {
    const gap = { reason: 'lag', epoch: 'E', from: 3, to: 9, missed: 7 } as const;
    const { control } = { control: sse.speechOf('E').control.bind(sse.speechOf('E')) };
    expect(control({ gap: { subscriptions: [1], ...gap } })).toBe(
      `event: gap\ndata: ${JSON.stringify({ gap })}\n\n`,
    );
    expect(control({ beat: { offset: 5 } })).toBe('id: E_0000000000000005\nevent: position\ndata: {}\n\n');
    expect(control({ draining: { comeBackMs: 12.4 } })).toBe('retry: 12\n\n');
    expect(control({ live: { subscription: 1, offset: 5 } })).toBeUndefined();
    expect(control({ pong: { id: 1 } })).toBeUndefined();
  });

  it('are asked for by one subscription', () => {
    expect(requestOf({ channel: ['a'], prefix: ['b'], all: '', last: 5 }, undefined)).toEqual({
      subscription: { id: 1, channels: ['a'], prefixes: ['b', ''], replay: { last: 5 } },
      epoch: undefined,
      isLost: false,
    });
    expect(() => requestOf({ since: 'x' }, undefined)).toThrow('since is "x", not a position');
    expect(() => requestOf({ since: 'E_1', last: 1 }, undefined)).toThrow('do not go together');
    expect(LIMITS.replayLast).toBe(100_000);
  });
});
