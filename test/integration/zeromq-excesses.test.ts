import { afterEach, describe, expect, it } from 'vitest';
import { Publisher, XSubscriber } from 'zeromq';
import type { Settings } from '../../server/src/settings/settings.ts';
import { PARTS_MAX } from '../../server/src/zeromq/sockets/excesses.ts';
import { Opened, openBridge, publisherTo, subscriberTo } from '../support/bridge.ts';
import { until } from '../support/until.ts';
import { TestSubscriber } from '../support/zeromq.ts';

const opened = new Opened();
const bridge = (bus?: Partial<Settings['bus']>) => openBridge(opened, bus);

afterEach(() => opened.closeAll());

function xsub(address: string): XSubscriber {
  const socket = new XSubscriber({ linger: 0, sendHighWaterMark: 0 });
  socket.connect(address);
  opened.add(() => socket.close());
  // It subscribes again after a reconnect only while somebody reads it.
  void (async () => {
    for await (const _ of socket);
  })();
  return socket;
}

const subscribes = (topic: string): Buffer => Buffer.from(`\u0001${topic}`);

describe('a native subscriber', () => {
  it('with more topics than bus.topicBytes is disconnected with all others, who are back by themselves', async () => {
    const { native, log, put } = await bridge({ topicBytes: 65_536 });
    const to = subscriberTo(opened, native);
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const greedy = xsub(native.busAddress);
    await until('the other one', () => native.egress.peers.connected === 2);
    for (let i = 0; i < 400; i++) await greedy.send(subscribes(`${i} ${'x'.repeat(200)}`));
    await until('the end of all connections', () => native.egress.excesses.counts.topics > 0);
    greedy.close();
    await until(
      'the subscriber again',
      () => native.nativeSubscriptions('x') === 1 && native.egress.topics.size === 1,
    );
    put('x', '1');
    await until('the message', () => to.received.length === 1);
    expect(native.excesses).toEqual(['topics']);
    expect(log.lines).toMatchObject([
      { level: 'warn', about: { address: native.busAddress, reason: 'topics' } },
    ]);
    expect(native.egress.peers).toMatchObject({ connected: 1 });
  });

  it('with a topic longer than any that could be of use is disconnected by ZeroMQ', async () => {
    const { native } = await bridge();
    const odd = xsub(native.busAddress);
    await odd.send(subscribes('x'.repeat(5_000)));
    await until('its end', () => native.egress.peers.disconnects > 0);
    expect(native.egress.topics.size).toBe(0);
  });

  it('that does not read has bus.waitingBytes at most waiting: the mark is lowered, once, and readers are back', async () => {
    const { native, log, put } = await bridge({ waitingBytes: 1024 * 1024, highWaterMark: 1_000 });
    const slow = new TestSubscriber(native.busAddress, [''], { receiveHighWaterMark: 1 });
    opened.add(() => slow.socket.close());
    const to = subscriberTo(opened, native);
    await until('both', () => native.nativeSubscriptions('x') === 2);
    const large = `"${'x'.repeat(20_000)}"`;
    for (let i = 0; i < 20; i++) put('x', large);
    expect(native.excesses).toEqual([]);
    for (let i = 0; i < 20; i++) put('x', large);
    expect(native.excesses).toEqual(['waiting-bytes']);
    expect(native.egress.highWaterMark).toBe(13);
    await until('both again', () => native.nativeSubscriptions('x') === 2);
    // What had been sent before was still given to the one that reads.
    await until('what came before', () => to.received.length >= 20);
    for (let i = 0; i < 1_000; i++) put('x', large);
    expect(native.egress.excesses.counts['waiting-bytes']).toBe(1);
    expect(log.lines).toMatchObject([
      { level: 'warn', about: { reason: 'waiting-bytes', highWaterMark: { from: 1_000, to: 13 } } },
    ]);
  });

  it('whose messages come between subscriptions has them taken again, because ZeroMQ mixes up whose they are', async () => {
    const { native, put } = await bridge();
    const odd = xsub(native.busAddress);
    const to = subscriberTo(opened, native, ['a']);
    await until('both', () => native.egress.peers.connected === 2 && native.nativeSubscriptions('a') === 1);
    await odd.send('hello');
    for (let i = 0; i < 50; i++) await odd.send(subscribes(`b${i}`));
    await until('its subscriptions', () => native.nativeSubscriptions('b49') > 0);
    await until('the other one', () => native.nativeSubscriptions('a') === 1);
    put('a', '1');
    await until('the message', () => to.received.length === 1);
  });
});

describe('a native publisher', () => {
  it(`of a message of more than ${PARTS_MAX} parts is disconnected with all others, who are back by themselves`, async () => {
    const { native, taken, log } = await bridge();
    const from = await publisherTo(opened, native);
    const odd = new Publisher({ linger: -1 });
    opened.add(() => odd.close());
    odd.connect(native.busIngress as string);
    const [ingress] = native.ingresses;
    await until('both', () => ingress?.peers.connected === 2);
    await odd.send(new Array<string>(PARTS_MAX + 1).fill(''));
    await until('the end of all connections', () => ingress?.excesses.counts.parts === 1);
    await until('both again', () => ingress?.peers.connected === 2);
    // It knows of the new subscription a moment later.
    await until('a message', async () => {
      await from.send('x 1');
      return taken.length > 0;
    });
    expect(native.excesses).toEqual(['parts']);
    expect(ingress?.drops.counts.parts).toBe(1);
    expect(log.lines.filter(({ about }) => about.reason === 'parts').length).toBeGreaterThan(0);
  });
});
