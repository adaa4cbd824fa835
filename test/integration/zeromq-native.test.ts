import { systemClock } from '@zerospan/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { readSettings } from '../../server/src/settings/read.ts';
import type { Settings } from '../../server/src/settings/settings.ts';
import { StartError } from '../../server/src/zeromq/sockets/start-error.ts';
import { ZeroMqBridge } from '../../server/src/zeromq/zeromq-bridge.ts';
import { Opened, openBridge, publisherTo, subscriberTo } from '../support/bridge.ts';
import { until } from '../support/until.ts';
import { entryOf, freePort, Lines, TestPublisher, takes } from '../support/zeromq.ts';

const any = 'tcp://127.0.0.1:*';
const opened = new Opened();
const bridge = (bus?: Partial<Settings['bus']>) => openBridge(opened, bus);

afterEach(() => opened.closeAll());

describe('the ZeroMQ side', () => {
  it('brings messages from native publishers to native subscribers, and reports its real addresses', async () => {
    const bound = new TestPublisher();
    opened.add(() => bound.socket.close());
    const source = await bound.bind();
    const { native, taken } = await bridge({ sources: [source] });
    expect(native).toMatchObject({
      busAddress: expect.stringMatching(/:\d+$/),
      busIngress: expect.stringMatching(/:\d+$/),
      busSources: [source],
    });
    const to = subscriberTo(opened, native);
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const connected = await publisherTo(opened, native);
    await bound.subscribed();
    await bound.send('a 1');
    await connected.send('b 2');
    await until('both', () => to.received.length === 2);
    expect(taken.toSorted()).toEqual(['a 1', 'b 2']);
    expect(to.received.toSorted()).toEqual(['a 1', 'b 2']);
  });

  it('keeps what comes in to itself when republishing is turned off', async () => {
    const { native, taken } = await bridge({ republish: false });
    const to = subscriberTo(opened, native);
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const from = await publisherTo(opened, native);
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
    const to = subscriberTo(opened, native);
    await until('the subscriber', () => native.nativeSubscriptions('x') === 1);
    const from = await publisherTo(opened, native);
    await from.send(...Array.from({ length: 500 }, (_, i) => `a ${i}`));
    await until('something', () => taken.length > 0);
    await native.close(2_000);
    await until('as many out as in', () => to.received.length === taken.length);
  });

  it('closes within its deadline although the log never answers', async () => {
    const settings = { ...readSettings().settings.bus, address: any, ingress: any };
    let asked = false;
    const never = () => {
      asked = true;
      return new Promise(() => undefined);
    };
    const native = await ZeroMqBridge.open({
      settings,
      depth: 128,
      payloadBytes: 65_536,
      intake: { take: takes(never), lost: never },
      logger: new Lines(),
      clock: systemClock,
    });
    const from = await publisherTo(opened, native);
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

  it('is reported as bus.address in use, with the way to live beside a publisher that binds it', async () => {
    const { native } = await bridge();
    const error = await failure({ address: native.busAddress });
    expect(error.message).toBe(`bus.address ${native.busAddress}: the address is in use`);
    expect(error.remedy).toContain(
      'serve --bus-address tcp://127.0.0.1:5557 --bus-source tcp://127.0.0.1:5555',
    );
  });

  it('is reported as bus.ingress in use, and nothing stays open', async () => {
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
  ])('is reported in words: %s, %s', async (address, words) => {
    expect((await failure({ address })).message).toContain(`bus.address ${address}: ${words}`);
    expect((await failure({ ingress: address })).message).toContain(`bus.ingress ${address}: ${words}`);
  });

  it('is reported for a source that cannot be read; one that is not there is no error', async () => {
    expect((await failure({ sources: ['tcp://127.0.0.1:*'] })).message).toContain(
      'bus.sources tcp://127.0.0.1:*',
    );
    const { native } = await bridge({
      sources: [`tcp://127.0.0.1:${await freePort()}`, 'tcp://no-such-host.invalid:1'],
    });
    expect(native.busSources).toHaveLength(2);
  });

  it('is reported for a source that is the server itself', async () => {
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
