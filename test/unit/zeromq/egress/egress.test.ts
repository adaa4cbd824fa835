import { systemClock } from '@zerospan/shared';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Context, Subscriber } from 'zeromq';
import { LoopGuard } from '../../../../server/src/zeromq/bridge/loop-guard.ts';
import { Egress } from '../../../../server/src/zeromq/egress/egress.ts';
import { ManualPublisher } from '../../../../server/src/zeromq/egress/manual-publisher.ts';
import { until } from '../../../support/until.ts';
import { entryOf, Lines, WITHOUT_CURVE } from '../../../support/zeromq.ts';

const ADDRESS = 'inproc://egress-memory';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of opened.splice(0)) await close();
});

/** An egress with a subscriber in the same process, and what it hands to ZeroMQ. */
async function scene() {
  const context = new Context({ blocky: false });
  const guard = new LoopGuard({ clock: systemClock });
  const out = Egress.open({
    context,
    address: ADDRESS,
    framing: 'single',
    highWaterMark: 1_000,
    waitingBytes: 1 << 30,
    topicBytes: 1 << 20,
    largestBytes: 65_536,
    guard,
    curve: WITHOUT_CURVE,
    logger: new Lines(),
    clock: systemClock,
  });
  const subscriber = new Subscriber({ context, linger: 0 });
  opened.push(
    () => subscriber.close(),
    () => guard.close(),
    () => out.close(0),
  );
  subscriber.connect(ADDRESS);
  subscriber.subscribe('');
  await until('the subscription', () => out.topics.wereHeld);
  const handed: Buffer[] = [];
  vi.spyOn(ManualPublisher.prototype, 'send').mockImplementation((parts) => {
    handed.push(parts as Buffer);
    return Promise.resolve();
  });
  return { out, handed };
}

describe('a publication that is handed to ZeroMQ', () => {
  it('is a copy where it is small: a slow peer would keep a slab alive for each that waits', async () => {
    const { out, handed } = await scene();
    const entry = entryOf('room', '"small"');
    out.send(entry);
    expect(handed.map(String)).toEqual(['room "small"']);
    expect(handed[0]?.buffer).not.toBe(entry.text.buffer);
  });

  it('is no copy where it fills its memory by itself', async () => {
    const { out, handed } = await scene();
    const entry = entryOf('room', `"${'x'.repeat(50_000)}"`);
    out.send(entry);
    expect(handed[0]?.buffer).toBe(entry.text.buffer);
  });
});
