import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { BRIDGE_CHANNEL } from '../../../../server/src/zeromq/bridge/loop-guard.ts';
import { RELAY_TOPIC } from '../../../../server/src/zeromq/bridge/wire.ts';
import { type PeerTopics, Subscriptions } from '../../../../server/src/zeromq/egress/subscriptions.ts';

/** A peer as libzmq knows it: a set of topics, and what it receives by them. */
class Peer implements PeerTopics {
  readonly topics = new Set<string>();
  readonly #subscriptions: Subscriptions;

  constructor(subscriptions: Subscriptions) {
    this.#subscriptions = subscriptions;
  }

  subscribe(topic: Buffer): void {
    this.topics.add(topic.toString('latin1'));
  }

  unsubscribe(topic: Buffer): void {
    this.topics.delete(topic.toString('latin1'));
  }

  says(...notices: (readonly [0 | 1, string | Buffer])[]): this {
    for (const [kind, topic] of notices)
      this.#subscriptions.note(Buffer.concat([Buffer.from([kind]), Buffer.from(topic)]), this);
    return this;
  }

  receives(message: string | Buffer): boolean {
    const text = Buffer.from(message).toString('latin1');
    return [...this.topics].some((topic) => text.startsWith(topic));
  }
}

const relayed = Buffer.concat([RELAY_TOPIC, Buffer.from('state a 1')]);
const announced = `${BRIDGE_CHANNEL} {}`;

describe('a native subscriber', () => {
  it('to everything receives every channel, and nothing of bridges', () => {
    const peer = new Peer(new Subscriptions()).says([1, '']);
    for (const name of ['room1', '!', '~', 'über', '日本', '\u{1f600}'])
      expect(peer.receives(`${name} 1`)).toBe(true);
    expect([relayed, announced].map((each) => peer.receives(each))).toEqual([false, false]);
  });

  it('receives what it names, and nothing of bridges by any other topic', () => {
    const peer = new Peer(new Subscriptions()).says([1, 'room1 '], [1, Buffer.from([0xff])]);
    expect(['room1 1', 'room10 1', relayed].map((each) => peer.receives(each))).toEqual([true, false, false]);
  });

  it('keeps what it holds beside everything, and everything beside what it gives up', () => {
    const subscriptions = new Subscriptions();
    const one = new Peer(subscriptions).says([1, ''], [1, 'a'], [0, 'a']);
    const other = new Peer(subscriptions).says([1, ''], [1, 'a'], [0, '']);
    expect([one, other].map((peer) => peer.receives('abc 1'))).toEqual([true, true]);
    expect(one.receives('b 1')).toBe(true);
  });

  it('of an older version listens to the loop guard by its name', () => {
    const subscriptions = new Subscriptions();
    const peer = new Peer(subscriptions).says([1, ''], [1, BRIDGE_CHANNEL]);
    expect(peer.receives(announced)).toBe(true);
    expect(subscriptions).toMatchObject({ guarded: 1, bridges: 0 });
  });

  it('that is a bridge receives what bridges send, and no plain frame beside it', () => {
    const subscriptions = new Subscriptions();
    const peer = new Peer(subscriptions).says([1, ''], [1, BRIDGE_CHANNEL], [1, RELAY_TOPIC]);
    expect(['room1 1', announced, relayed].map((each) => peer.receives(each))).toEqual([false, false, true]);
    expect(subscriptions.bridges).toBe(1);
    peer.says([0, RELAY_TOPIC]);
    expect(subscriptions.bridges).toBe(0);
  });

  it('says nothing by what is no subscription', () => {
    const subscriptions = new Subscriptions();
    const peer = new Peer(subscriptions);
    expect([Buffer.from('hello'), Buffer.alloc(0)].map((each) => subscriptions.note(each, peer))).toEqual([
      false,
      false,
    ]);
    expect(peer.topics.size).toBe(0);
  });

  const topic = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 2 });
  test.prop([
    fc.array(fc.tuple(fc.nat(2), fc.boolean(), topic), { maxLength: 30 }),
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }),
  ])(
    'receives at least what it subscribes to, whatever all of them give up in between',
    (changes, channel) => {
      const subscriptions = new Subscriptions();
      const peers = [0, 1, 2].map(() => ({ peer: new Peer(subscriptions), held: new Set<string>() }));
      for (const [at, adds, name] of changes) {
        const { peer, held } = peers[at] as (typeof peers)[number];
        // As SUB sockets do: each topic once, and given up only when it is held.
        if (adds === held.has(name)) continue;
        peer.says([adds ? 1 : 0, name]);
        if (adds) held.add(name);
        else held.delete(name);
      }
      const message = `${channel} 1`;
      for (const { peer, held } of peers)
        if ([...held].some((each) => message.startsWith(each))) expect(peer.receives(message)).toBe(true);
    },
  );
});
