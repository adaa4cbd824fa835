import { describe, expect, it } from 'vitest';
import { SPAN_MS } from '../../../../server/src/log-throttle.ts';
import { CARRIED_CHANNELS, type Concerned } from '../../../../server/src/zeromq/ingress/carried.ts';
import { Losses } from '../../../../server/src/zeromq/ingress/losses.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { Lines } from '../../../support/zeromq.ts';

function setUp(role: 'bind' | 'connect') {
  const reported: string[] = [];
  const log = new Lines();
  const clock = new ManualClock();
  const peers = { changes: 0, connected: 1 };
  const report = (channels: Concerned, missed: number | null) =>
    reported.push(`${channels === 'every' ? channels : channels.join(' ')}: ${missed}`);
  const losses = new Losses({
    role,
    address: 'tcp://x:1',
    peers,
    report,
    logger: log,
    clock,
    mostWaiting: 3,
  });
  /** The source comes back, and nothing waits in ZeroMQ's queue. */
  const returned = (): void => {
    losses.returned();
    losses.settle(true);
  };
  const hear = (channel: string, sequence?: number) =>
    losses.before({ channel, payload: Buffer.from('1'), ...(sequence !== undefined && { sequence }) });
  return { losses, returned, hear, reported, log, clock, peers };
}

describe('the losses of a bound ingress', () => {
  it('are reported by the numbers alone, before the message that shows them', () => {
    const { losses, hear, reported, peers } = setUp('bind');
    for (const n of [1, 2, 5]) hear('a', n);
    peers.changes++;
    hear('a', 3);
    hear('b');
    expect(reported).toEqual(['a: 2', 'a: 2']);
    expect(losses).toMatchObject({ reported: 2, missed: 4, unjudged: 0 });
  });

  it('are not looked for where several publishers number one channel: said at once, then seldom', () => {
    const { losses, hear, reported, log, clock } = setUp('bind');
    for (const channel of ['a', 'b']) for (const n of [7, 3, 8, 4]) hear(channel, n);
    expect(reported).toEqual([]);
    expect(losses.unjudged).toBe(2);
    expect(log.lines).toMatchObject([{ level: 'warn', about: { address: 'tcp://x:1', channel: 'a' } }]);
    clock.advance(SPAN_MS);
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
  it('are reported behind what had come before them and still waited in the queue, and not later than as much as may wait (G6)', () => {
    const { losses, hear, reported } = setUp('connect');
    hear('a');
    losses.returned();
    losses.settle(false);
    hear('a');
    losses.settle(false);
    expect(reported).toEqual([]);
    losses.settle(true);
    expect(reported).toEqual(['a: null']);
    losses.returned();
    for (let i = 0; i < 3; i++) {
      hear('b');
      losses.settle(false);
    }
    expect(reported).toHaveLength(1);
    hear('b');
    losses.settle(false);
    expect(reported).toEqual(['a: null', 'a: null']);
  });

  it('that comes back are reported on each channel that had a message since the last time, and on no other', () => {
    const { losses, returned, hear, reported } = setUp('connect');
    returned();
    for (const channel of ['a', 'b', 'a']) hear(channel);
    returned();
    returned();
    hear('b');
    returned();
    expect(reported).toEqual(['a b: null', 'b: null']);
    expect(losses).toMatchObject({ reported: 3, missed: 0 });
  });

  it('that numbers a channel are reported by the next number: exactly, or as unknown where it has restarted', () => {
    const { returned, hear, reported, peers } = setUp('connect');
    hear('numbered', 1);
    hear('plain');
    peers.changes += 2;
    returned();
    hear('numbered', 5);
    peers.changes += 2;
    returned();
    hear('numbered', 1);
    expect(reported).toEqual(['plain: null', 'numbered: 3', 'numbered: null']);
  });

  it('whose numbers say nothing are reported like those of one that does not number', () => {
    const { returned, hear, reported } = setUp('connect');
    for (const n of [7, 3]) hear('a', n);
    returned();
    expect(reported).toEqual(['a: null']);
  });

  it(`are reported channel by channel up to ${CARRIED_CHANNELS}, and of more as one for every channel`, () => {
    const { losses, returned, hear, reported, log } = setUp('connect');
    for (let i = 0; i < CARRIED_CHANNELS; i++) hear(`c${i}`);
    returned();
    expect(losses.reported).toBe(CARRIED_CHANNELS);
    expect(reported[0]?.startsWith('c0 ')).toBe(true);
    for (let i = 0; i <= CARRIED_CHANNELS; i++) hear(`c${i}`);
    returned();
    hear('c0');
    returned();
    expect(reported.slice(1)).toEqual(['every: null', 'c0: null']);
    expect(losses.reported).toBe(CARRIED_CHANNELS + 2);
    expect(log.lines[0]).toMatchObject({ level: 'warn', about: { channels: CARRIED_CHANNELS } });
  });
});

describe('the losses of a source that another node has read before', () => {
  it('are reported when it is connected, on what that one had carried and this one', () => {
    const { losses, returned, hear, reported } = setUp('connect');
    hear('own');
    hear('a', 7);
    expect(losses.begin(['a', 'b'])).toBe(true);
    returned();
    expect(reported).toEqual(['own a b: null']);
    // What it counts from is not known any more.
    hear('a', 12);
    expect(reported).toHaveLength(1);
  });

  it('are none where nobody has read it before', () => {
    const { losses, returned, reported } = setUp('connect');
    expect(losses.begin([])).toBe(false);
    returned();
    expect(reported).toEqual([]);
  });

  it('are reported for every channel where it is not known what that one had carried', () => {
    const { losses, returned, reported } = setUp('connect');
    expect(losses.begin('every')).toBe(true);
    returned();
    expect(reported).toEqual(['every: null']);
  });

  it('are reported although they were due before, and not twice', () => {
    const { losses, returned, hear, reported } = setUp('connect');
    hear('a');
    losses.returned();
    losses.begin(['b']);
    returned();
    expect(reported).toEqual(['a b: null']);
  });

  it('keep the count of channels that several publishers number', () => {
    const { losses, hear } = setUp('connect');
    for (const n of [7, 3, 8, 4]) hear('a', n);
    losses.begin([]);
    expect(losses.unjudged).toBe(1);
  });
});

describe('the losses of a source that is a bridge', () => {
  const publication = (place: number, sender = 'a') =>
    ({ kind: 'publication', sender, place, origin: { bridge: sender, number: place } }) as const;
  const says = (kind: 'state' | 'end', place: number, sender = 'a') => ({ kind, sender, place }) as const;

  function ofBridge() {
    const scene = setUp('connect');
    const relay = (channel: string, place: number, sender = 'a'): void => {
      scene.losses.standing(publication(place, sender));
      scene.losses.relayed(channel);
    };
    return { ...scene, relay };
  }

  it('are none when it is connected again and stands where it stood', () => {
    const { losses, returned, relay, reported, log } = ofBridge();
    losses.standing(says('state', 7));
    relay('x', 8);
    returned();
    losses.standing(says('state', 8));
    relay('x', 9);
    expect(reported).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'info' }]);
  });

  it('are reported on what it had carried when it went on meanwhile, and once', () => {
    const { losses, returned, relay, reported } = ofBridge();
    relay('x', 8);
    relay('y', 9);
    returned();
    losses.standing(says('state', 12));
    relay('x', 13);
    losses.standing(says('state', 13));
    expect(reported).toEqual(['x y: null']);
  });

  it('show in the middle of the stream too, and behind its last publication', () => {
    const { losses, relay, reported } = ofBridge();
    relay('x', 1);
    relay('x', 3);
    losses.standing(says('state', 4));
    expect(reported).toEqual(['x: null', 'x: null']);
  });

  it('are reported for every channel where one that was quiet since the last report may have lost something again', () => {
    const { losses, relay, reported } = ofBridge();
    relay('a', 1);
    relay('b', 2);
    relay('a', 4);
    relay('a', 5);
    losses.standing(says('state', 7));
    losses.standing(says('state', 9));
    relay('a', 10);
    relay('b', 11);
    relay('b', 13);
    expect(reported).toEqual(['a b: null', 'every: null', 'every: null', 'a b: null']);
  });

  it('are none when it was stopped, and another takes its place before it has sent anything', () => {
    const { losses, returned, relay, reported } = ofBridge();
    relay('x', 1);
    losses.standing(says('end', 1));
    returned();
    losses.standing(says('state', 0, 'b'));
    relay('x', 1, 'b');
    expect(reported).toEqual([]);
  });

  it.each([
    ['was killed', false, 0],
    ['was stopped, and the next one had begun', true, 2],
  ])('are reported when it %s', (_, wasStopped, place) => {
    const { losses, returned, relay, reported } = ofBridge();
    relay('x', 1);
    if (wasStopped) losses.standing(says('end', 1));
    returned();
    losses.standing(says('state', place, 'b'));
    expect(reported).toEqual(['x: null']);
  });

  it('are reported when something without numbers has taken its place', () => {
    const { returned, relay, hear, reported } = ofBridge();
    relay('x', 1);
    returned();
    expect(reported).toEqual([]);
    hear('y');
    expect(reported).toEqual(['x: null']);
    returned();
    expect(reported).toEqual(['x: null', 'y: null']);
  });

  it('do not count what came before it said that it is one', () => {
    const { losses, returned, hear, reported } = ofBridge();
    hear('x');
    losses.standing(says('state', 1));
    returned();
    losses.standing(says('state', 1));
    expect(reported).toEqual([]);
  });
});
