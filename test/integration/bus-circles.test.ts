import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { CARRIED_CHANNELS } from '../../server/src/zeromq/ingress/carried.ts';
import { Kept, range, testBus } from '../support/buses.ts';
import { TcpProxy } from '../support/proxy.ts';
import { openServer, testServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { freePort, TestPublisher, TestSubscriber } from '../support/zeromq.ts';

async function freeAddresses(n: number): Promise<string[]> {
  const ports = await Promise.all(Array.from({ length: n }, freePort));
  return ports.map((port) => `tcp://127.0.0.1:${port}`);
}

const metric = async ({ url }: RunningServer, name: string): Promise<number> => {
  const text = await (await fetch(`${url}metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};
const readiness = async ({ url }: RunningServer): Promise<unknown> =>
  (await fetch(`${url}health/ready`)).json();

const linked = (server: RunningServer, bridges = 1): Promise<true> =>
  until('the link', async () => (await metric(server, 'zerospan_zeromq_bridges')) === bridges);

/** A client, a native publisher and a native subscriber of a server, each for everything. */
async function users(server: RunningServer) {
  const bus = testBus(server.ws);
  const subscriber = bus.subscribe('');
  const kept = new Kept(subscriber);
  await subscriber.ready;
  const from = new TestPublisher();
  onTestFinished(() => from.socket.close());
  await from.connect(server.busIngress as string);
  const to = new TestSubscriber(server.busAddress, [''], { receiveHighWaterMark: 0 }).start();
  onTestFinished(() => to.socket.close());
  const topics = await metric(server, 'zerospan_zeromq_topics');
  await until(
    'the subscriber',
    async () => (await metric(server, 'zerospan_zeromq_topics')) >= Math.max(topics, 1),
  );
  return { bus, kept, from, to };
}

describe('servers that source each other', () => {
  it.each([3, 5])('in a ring of %i: every publication once, to clients and natives everywhere', async (n) => {
    const addresses = await freeAddresses(n);
    const servers: RunningServer[] = [];
    for (const [i, address] of addresses.entries())
      servers.push(await testServer({ bus: { address, sources: [addresses[(i + n - 1) % n] as string] } }));
    await Promise.all(servers.map((server) => linked(server)));
    const all = await Promise.all(servers.map(users));
    // Until natives have subscribed, what is sent to them is lost.
    await until('all natives', async () => {
      await Promise.all(all.map(({ bus }) => bus.put('warm', 0)));
      return all.every(({ to, from }) => to.received.length > 0 && from.socket.writable);
    });
    const expected: string[] = [];
    for (let round = 0; round < 20; round++)
      for (const [i, { bus, from }] of all.entries()) {
        const number = 1_000 * (i + 1) + round;
        await bus.put('put', number);
        await from.send(`native ${number}`);
        expected.push(`put ${number}`, `native ${number}`);
      }
    expected.sort();
    const clients = () =>
      all.map(({ kept }) =>
        kept.publications
          .filter(({ channel }) => channel !== 'warm')
          .map(({ channel, message }) => `${channel} ${String(message)}`),
      );
    const natives = () => all.map(({ to }) => to.received.filter((text) => !text.startsWith('warm ')));
    await until('all of it', () =>
      [...clients(), ...natives()].every((each) => each.length >= expected.length),
    );
    // Whatever still goes round would come before these.
    await Promise.all(all.map(({ bus }) => bus.put('warm', 'end')));
    await until('the end', () =>
      all.every(({ to }) => to.received.filter((text) => text === 'warm "end"').length === n),
    );
    for (const each of [...clients(), ...natives()]) expect(each.toSorted()).toEqual(expected);
    for (const server of servers) expect(await readiness(server)).toEqual({ ready: true });
    expect(all.flatMap(({ kept }) => kept.gaps)).toEqual([]);
  });

  it('a circle that is made and repaired while messages flow: once everywhere, and nothing lost to the others', async () => {
    const [one, two] = (await freeAddresses(2)) as [string, string];
    const a = await testServer({ bus: { address: one } });
    const b = await testServer({ bus: { address: two, sources: [one] } });
    await linked(a);
    const { kept } = await users(b);
    const putter = testBus(a.ws);
    let sent = 0;
    const put = async (): Promise<void> => {
      await putter.put('a', ++sent);
      await kept.got(sent);
    };
    await put();
    await putter.close();
    await a.stop();
    // The same server again, now with a source that makes a circle.
    const circle = await openServer({ bus: { address: one, sources: [two] } });
    await Promise.all([linked(circle), linked(b)]);
    const there = testBus(circle.ws);
    for (let i = 0; i < 20; i++) await there.put('a', ++sent);
    await kept.got(sent);
    await there.close();
    await circle.stop();
    const repaired = await testServer({ bus: { address: one } });
    await linked(repaired);
    await linked(b, 0);
    const last = testBus(repaired.ws);
    for (let i = 0; i < 20; i++) await last.put('a', ++sent);
    await kept.got(sent);
    expect(kept.messages).toEqual(range(1, sent));
    expect(kept.gaps).toEqual([]);
    expect(await readiness(b)).toEqual({ ready: true });
  });
});

describe('a source that is a server', () => {
  async function behindProxy() {
    const a = await testServer();
    const proxy = await TcpProxy.before(a.busAddress.replace('tcp:', 'http:'));
    const b = await testServer({ bus: { sources: [`tcp://${new URL(proxy.url).host}`] } });
    await linked(a);
    const { kept } = await users(b);
    const bus = testBus(a.ws);
    await bus.put('a', 1);
    await kept.got(1);
    return { a, b, proxy, bus, kept };
  }

  it('and comes back without having lost anything: no gap', async () => {
    const { a, proxy, bus, kept } = await behindProxy();
    for (let cut = 0; cut < 3; cut++) {
      proxy.cut();
      await linked(a, 0);
      proxy.restore();
      await linked(a);
    }
    await bus.put('b', 2);
    await kept.got(2);
    expect(kept.all).toHaveLength(2);
  });

  it('and comes back after publications that were lost: a gap on what it had carried, before anything else', async () => {
    const { a, proxy, bus, kept } = await behindProxy();
    proxy.cut();
    await linked(a, 0);
    await bus.put('a', 2);
    proxy.restore();
    await until('the gap', () => kept.gaps.length > 0);
    await bus.put('a', 3);
    await kept.got(3);
    expect(kept.messages).toEqual([1, 3]);
    expect(kept.gaps).toMatchObject([{ reason: 'upstream', channel: 'a', missed: null }]);
  });

  it(`and had carried more than ${CARRIED_CHANNELS} channels: one gap for every channel, to all subscribers`, async () => {
    const { a, b, proxy, bus, kept } = await behindProxy();
    const other = testBus(b.ws).subscribe('elsewhere');
    const elsewhere = new Kept(other);
    await other.ready;
    const names = Array.from({ length: CARRIED_CHANNELS + 1 }, (_, i) => `c${i}`);
    for (let i = 0; i < names.length; i += 1_000) await bus.put(names.slice(i, i + 1_000), i);
    await until('all of them', () => kept.publications.at(-1)?.channel === names.at(-1));
    proxy.cut();
    await linked(a, 0);
    await bus.put('a', 2);
    proxy.restore();
    await until('the gaps', () => kept.gaps.length > 0 && elsewhere.gaps.length > 0);
    for (const { gaps } of [kept, elsewhere]) {
      expect(gaps).toHaveLength(1);
      expect(gaps[0]).not.toHaveProperty('channel');
      expect(gaps[0]).toMatchObject({ reason: 'upstream', missed: null });
    }
  });
});
