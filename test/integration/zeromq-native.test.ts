import { systemClock } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../server/src/settings/read.ts';
import type { Settings } from '../../server/src/settings/settings.ts';
import { Native } from '../../server/src/zeromq/native.ts';
import type { Intake } from '../../server/src/zeromq/ports.ts';
import { StartError } from '../../server/src/zeromq/start-error.ts';
import { until } from '../support/until.ts';
import { entryOf, freePort, Lines, TestPublisher, TestSubscriber } from '../support/zeromq.ts';

const any = 'tcp://127.0.0.1:*';
const opened: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
});

/** A bridge as the server makes one, with the shortest of logs: what is taken goes straight out again. */
async function bridge(bus: Partial<Settings['bus']> = {}) {
  const taken: string[] = [];
  const log = new Lines();
  let native: Native | undefined;
  const intake: Intake = {
    async take(channel, payload, republish) {
      const text = Buffer.from(payload).toString();
      taken.push(`${channel} ${text}`);
      await Promise.resolve();
      native?.send(entryOf(channel, text, republish));
    },
    lost: () => Promise.resolve(),
  };
  const settings = { ...readSettings().settings.bus, address: any, ingress: any, ...bus };
  native = await Native.open({ settings, depth: 128, intake, logger: log, clock: systemClock });
  opened.push(() => native.close(0));
  return { native, taken, log };
}

async function publisherTo(native: Native): Promise<TestPublisher> {
  const from = new TestPublisher();
  opened.push(() => from.socket.close());
  return from.connect(native.busIngress as string);
}

describe('the ZeroMQ side', () => {
  it('brings messages from native publishers to native subscribers, and tells its real addresses', async () => {
    const bound = new TestPublisher();
    opened.push(() => bound.socket.close());
    const source = await bound.bind();
    const { native, taken } = await bridge({ sources: [source] });
    expect(native).toMatchObject({
      busAddress: expect.stringMatching(/:\d+$/),
      busIngress: expect.stringMatching(/:\d+$/),
      busSources: [source],
    });
    const to = new TestSubscriber(native.busAddress).start();
    opened.push(() => to.socket.close());
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const connected = await publisherTo(native);
    await bound.subscribed();
    await bound.send('a 1');
    await connected.send('b 2');
    await until('both', () => to.received.length === 2);
    expect(taken.toSorted()).toEqual(['a 1', 'b 2']);
    expect(to.received.toSorted()).toEqual(['a 1', 'b 2']);
  });

  it('keeps what comes in to itself when republishing is turned off', async () => {
    const { native, taken } = await bridge({ republish: false });
    const to = new TestSubscriber(native.busAddress).start();
    opened.push(() => to.socket.close());
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const from = await publisherTo(native);
    await from.send('a 1');
    await until('the message', () => taken.length === 1);
    native.send(entryOf('end', '0'));
    await until('the end', () => to.received.length > 0);
    expect(to.received).toEqual(['end 0']);
  });

  it('has no ingress when it is turned off', async () => {
    const { native } = await bridge({ ingress: 'none' });
    expect(native.busIngress).toBeNull();
    expect(native.ingresses).toEqual([]);
  });

  it('lets everything that came in out again before it closes', async () => {
    const { native, taken } = await bridge();
    const to = new TestSubscriber(native.busAddress, [''], { receiveHighWaterMark: 0 }).start();
    opened.push(() => to.socket.close());
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const from = await publisherTo(native);
    await from.send(...Array.from({ length: 500 }, (_, i) => `a ${i}`));
    await until('something', () => taken.length > 0);
    await native.close(2_000);
    await until('as many out as in', () => to.received.length === taken.length);
  });

  it('closes within its deadline although the log never answers', async () => {
    const settings = { ...readSettings().settings.bus, address: any, ingress: any };
    let asked = false;
    const take = () => {
      asked = true;
      return new Promise(() => undefined);
    };
    const native = await Native.open({
      settings,
      depth: 128,
      intake: { take, lost: take },
      logger: new Lines(),
      clock: systemClock,
    });
    const from = await publisherTo(native);
    await from.send('a 1');
    await until('the call', () => asked);
    // Timers of one process keep their order, however busy the machine is.
    const late = new Promise((resolve) => setTimeout(resolve, 1_000, 'late'));
    expect(await Promise.race([native.close(100), late])).toBeUndefined();
  });
});

describe('an address that cannot be used', () => {
  const failure = async (bus: Partial<Settings['bus']>): Promise<StartError> => {
    const error: unknown = await bridge(bus).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StartError);
    return error as StartError;
  };

  it('is told as bus.address in use, with the way to live beside a publisher that binds it', async () => {
    const { native } = await bridge();
    const error = await failure({ address: native.busAddress });
    expect(error.message).toBe(`bus.address ${native.busAddress}: the address is in use`);
    expect(error.remedy).toContain(
      'serve --bus-address tcp://127.0.0.1:5557 --bus-source tcp://127.0.0.1:5555',
    );
  });

  it('is told as bus.ingress in use, and nothing stays open', async () => {
    const { native } = await bridge();
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const error = await failure({ address, ingress: native.busIngress as string });
    expect(error.message).toBe(`bus.ingress ${native.busIngress}: the address is in use`);
    expect((await bridge({ address })).native.busAddress).toBe(address);
  });

  it.each([
    ['tcp://127.0.0.1', 'the address cannot be read'],
    ['ipc:///no/such/folder/bus', 'the folder of the socket file does not exist'],
    ['tcp://no-such-host.invalid:5555', 'the host cannot be found'],
    ['tcp://192.0.2.1:5555', 'this machine does not have that IP address'],
    ['carrier-pigeon://x', 'the transport is not supported'],
  ])('is told in words: %s, %s', async (address, words) => {
    expect((await failure({ address })).message).toContain(`bus.address ${address}: ${words}`);
    expect((await failure({ ingress: address })).message).toContain(`bus.ingress ${address}: ${words}`);
  });

  it('is told for a source that cannot be read; one that is not there is no error', async () => {
    expect((await failure({ sources: ['tcp://127.0.0.1:*'] })).message).toContain(
      'bus.sources tcp://127.0.0.1:*',
    );
    const { native } = await bridge({
      sources: [`tcp://127.0.0.1:${await freePort()}`, 'tcp://no-such-host.invalid:1'],
    });
    expect(native.busSources).toHaveLength(2);
  });

  it('is told for a source that is the server itself', async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    expect((await failure({ address, sources: [address] })).message).toContain(
      "the server's own bus.address",
    );
  });

  it('may be an IPv6 address or port 0', async () => {
    const { native } = await bridge({ address: 'tcp://127.0.0.1:0', ingress: 'tcp://[::1]:*' });
    expect(native.busAddress).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]/);
    expect(native.busIngress).toMatch(/^tcp:\/\/\[::1\]:[1-9]/);
  });
});

describe('bridges that source each other', () => {
  async function pair() {
    const [one, two] = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
    const a = await bridge({ address: one, sources: [two] });
    const b = await bridge({ address: two, sources: [one] });
    return { a, b };
  }

  it('notice it, stop sending round what comes from each other, and say so once', async () => {
    const { a, b } = await pair();
    await until('both to notice', () => a.native.loops.length === 1 && b.native.loops.length === 1);
    expect(a.native.loops).toEqual([b.native.busAddress]);
    for (const { log } of [a, b]) {
      expect(log.lines).toHaveLength(1);
      expect(log.lines[0]?.text).toMatch(/loop of bridges.*Remedy: .*bus\.sources/);
    }
  });

  it('bring a message to both, once each', async () => {
    const { a, b } = await pair();
    await until('both to notice', () => a.native.loops.length === 1 && b.native.loops.length === 1);
    const from = await publisherTo(a.native);
    const rounds = Array.from({ length: 100 }, (_, i) => `room1 ${i}`);
    for (const message of rounds) {
      await from.send(message);
      await until('both', () => a.taken.includes(message) && b.taken.includes(message));
    }
    expect(a.taken).toEqual(rounds);
    expect(b.taken).toEqual(rounds);
  });

  it('do not storm with what is sent before they notice', async () => {
    const { a, b } = await pair();
    const from = await publisherTo(a.native);
    await from.send('room1 1');
    await until('both to notice', () => a.native.loops.length === 1 && b.native.loops.length === 1);
    // The other one may have subscribed only after it was sent: then it never hears of it, as late subscribers do.
    await until('the message', () => a.taken.length > 0);
    // Whatever still goes round would go round between these.
    for (let i = 0; i < 100; i++) {
      await from.send(`end ${i}`);
      await until('the mark', () => b.taken.includes(`end ${i}`));
    }
    expect(a.taken.filter((text) => text === 'room1 1').length).toBeLessThan(10);
    expect(b.taken.filter((text) => text === 'room1 1').length).toBeLessThan(10);
  });

  it('notice it in a ring of three as well', async () => {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const [one, two, three] = ports.map((port) => `tcp://127.0.0.1:${port}`) as [string, string, string];
    const ring = [
      await bridge({ address: one, sources: [three] }),
      await bridge({ address: two, sources: [one] }),
      await bridge({ address: three, sources: [two] }),
    ];
    await until('all to notice', () => ring.every(({ native }) => native.loops.length === 1));
  });

  it('notice it when a bridge is its own source under another name', async () => {
    const port = await freePort();
    const { native } = await bridge({
      address: `tcp://127.0.0.1:${port}`,
      sources: [`tcp://localhost:${port}`],
    });
    await until('it to notice', () => native.loops.length === 1);
  });

  it('that stand in a line stay as they are, and hand everything on', async () => {
    const a = await bridge();
    const b = await bridge({ sources: [a.native.busAddress] });
    const c = await bridge({ sources: [b.native.busAddress] });
    await until(
      'the links',
      () => a.native.nativeSubscriptions('x') === 1 && b.native.nativeSubscriptions('x') === 1,
    );
    const from = await publisherTo(a.native);
    await from.send('room1 1');
    await until('the last one', () => c.taken.length === 1);
    expect([a, b, c].flatMap(({ native }) => native.loops)).toEqual([]);
    expect([a, b, c].flatMap(({ log }) => log.lines)).toEqual([]);
  });
});
