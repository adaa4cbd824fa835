import { describe, expect, it } from 'vitest';
import { SPAN_MS } from '../../../../server/src/log-throttle.ts';
import { Drops } from '../../../../server/src/zeromq/ingress/drops.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { Lines } from '../../../support/zeromq.ts';

describe('dropped messages', () => {
  const setUp = () => {
    const log = new Lines();
    const clock = new ManualClock();
    return { log, clock, drops: new Drops(log, clock, { address: 'tcp://x:1' }) };
  };

  it('are all counted, by reason', () => {
    const { drops } = setUp();
    for (let i = 0; i < 500; i++) drops.drop('bad-json', []);
    drops.drop('parts', []);
    expect(drops.counts).toMatchObject({ 'bad-json': 500, parts: 1, 'no-space': 0 });
  });

  it('are reported at once, then at most once a reason in ten seconds, with how many they were', () => {
    const { log, clock, drops } = setUp();
    for (let i = 0; i < 500; i++) drops.drop('bad-json', []);
    drops.drop('no-space', []);
    expect(log.lines.map(({ about }) => [about.reason, about.dropped])).toEqual([
      ['bad-json', 1],
      ['no-space', 1],
    ]);
    clock.advance(SPAN_MS);
    drops.drop('bad-json', []);
    expect(log.lines.at(-1)?.about).toMatchObject({ address: 'tcp://x:1', reason: 'bad-json', dropped: 500 });
  });

  it.each([
    ['room1 and the rest', ['room1 "secret'], 'room1'],
    ['two parts', ['room1', '"secret'], 'room1'],
    ['a long name', [`${'x'.repeat(200)} "secret`], 'x'.repeat(80)],
    ['a payload without a channel', ['{"a": "secret"}'], undefined],
    ['a payload with no space in it', ['secret'], undefined],
    ['nothing', [], undefined],
  ])('show how large they were and their channel, and nothing of a payload: %s', (_, parts, channel) => {
    const { log, drops } = setUp();
    const buffers = parts.map((part) => Buffer.from(part));
    drops.drop('bad-json', buffers);
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
    expect(log.lines[0]?.about).toMatchObject({ bytes, channel });
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });
});
