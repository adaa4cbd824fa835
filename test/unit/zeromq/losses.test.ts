import { describe, expect, it } from 'vitest';
import { CARRIED_CHANNELS, Losses } from '../../../server/src/zeromq/losses.ts';
import { SELDOM_MS } from '../../../server/src/zeromq/seldom.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { Lines } from '../../support/zeromq.ts';

function setUp(role: 'bind' | 'connect') {
  const told: string[] = [];
  const log = new Lines();
  const clock = new ManualClock();
  const peers = { changes: 0, connected: 1 };
  const tell = (channels: readonly string[], missed: number | null) =>
    told.push(`${channels.join(' ')}: ${missed}`);
  const losses = new Losses({ role, address: 'tcp://x:1', peers, tell, logger: log, clock, mostWaiting: 3 });
  /** The source comes back, and nothing waits in ZeroMQ's queue. */
  const returned = (): void => {
    losses.returned();
    losses.settle(true);
  };
  const hear = (channel: string, sequence?: number) =>
    losses.before({ channel, payload: Buffer.from('1'), ...(sequence !== undefined && { sequence }) });
  return { losses, returned, hear, told, log, clock, peers };
}

describe('the losses of a bound ingress', () => {
  it('are told by the numbers alone, before the message that shows them', () => {
    const { losses, hear, told, peers } = setUp('bind');
    for (const n of [1, 2, 5]) hear('a', n);
    peers.changes++;
    hear('a', 3);
    hear('b');
    expect(told).toEqual(['a: 2', 'a: 2']);
    expect(losses).toMatchObject({ told: 2, missed: 4, unjudged: 0 });
  });

  it('are not looked for where several publishers number one channel: said at once, then seldom', () => {
    const { losses, hear, told, log, clock } = setUp('bind');
    for (const channel of ['a', 'b']) for (const n of [7, 3, 8, 4]) hear(channel, n);
    expect(told).toEqual([]);
    expect(losses.unjudged).toBe(2);
    expect(log.lines).toMatchObject([{ level: 'warn', about: { address: 'tcp://x:1', channel: 'a' } }]);
    clock.advance(SELDOM_MS);
    for (const n of [7, 3]) hear('c', n);
    expect(log.lines).toHaveLength(2);
  });
});

describe('a message', () => {
  const message = (sequence?: number) => ({
    channel: 'a',
    payload: Buffer.from('1'),
    ...(sequence !== undefined && { sequence }),
  });

  it('waits for news of the peers when its number falls back and none has come or gone, as far as is known', () => {
    const { losses, hear, peers } = setUp('bind');
    peers.connected = 0;
    expect([1, undefined].map((n) => losses.mustWait(message(n)))).toEqual([false, false]);
    hear('a', 5);
    expect([6, 9, 5, 1].map((n) => losses.mustWait(message(n)))).toEqual([false, false, true, true]);
    peers.changes++;
    expect(losses.mustWait(message(1))).toBe(false);
  });

  it('waits for them when its source is not connected, as far as is known', () => {
    const { losses, peers } = setUp('connect');
    expect(losses.mustWait(message())).toBe(false);
    peers.connected = 0;
    expect(losses.mustWait(message())).toBe(true);
  });
});

describe('the losses of a source', () => {
  it('are told behind what had come before them and still waited in the queue, and not later than as much as may wait (G6)', () => {
    const { losses, hear, told } = setUp('connect');
    hear('a');
    losses.returned();
    losses.settle(false);
    hear('a');
    losses.settle(false);
    expect(told).toEqual([]);
    losses.settle(true);
    expect(told).toEqual(['a: null']);
    losses.returned();
    for (let i = 0; i < 3; i++) {
      hear('b');
      losses.settle(false);
    }
    expect(told).toHaveLength(1);
    hear('b');
    losses.settle(false);
    expect(told).toEqual(['a: null', 'a: null']);
  });

  it('that comes back are told on each channel that had a message since the last time, and on no other', () => {
    const { losses, returned, hear, told } = setUp('connect');
    returned();
    for (const channel of ['a', 'b', 'a']) hear(channel);
    returned();
    returned();
    hear('b');
    returned();
    expect(told).toEqual(['b a: null', 'b: null']);
    expect(losses).toMatchObject({ told: 3, missed: 0 });
  });

  it('that numbers a channel are told by the next number: exactly, or as unknown where it has begun anew', () => {
    const { returned, hear, told, peers } = setUp('connect');
    hear('numbered', 1);
    hear('plain');
    peers.changes += 2;
    returned();
    hear('numbered', 5);
    peers.changes += 2;
    returned();
    hear('numbered', 1);
    expect(told).toEqual(['plain: null', 'numbered: 3', 'numbered: null']);
  });

  it('whose numbers say nothing are told like those of one that does not number', () => {
    const { returned, hear, told } = setUp('connect');
    for (const n of [7, 3]) hear('a', n);
    returned();
    expect(told).toEqual(['a: null']);
  });

  it(`are told for the ${CARRIED_CHANNELS} channels last heard, and it is said that there were more`, () => {
    const { losses, returned, hear, told, log } = setUp('connect');
    for (let i = 0; i <= CARRIED_CHANNELS; i++) hear(`c${i}`);
    returned();
    expect(losses.told).toBe(CARRIED_CHANNELS);
    expect(told[0]?.startsWith('c1 ')).toBe(true);
    expect(log.lines[0]).toMatchObject({ level: 'warn', about: { most: CARRIED_CHANNELS } });
  });
});
