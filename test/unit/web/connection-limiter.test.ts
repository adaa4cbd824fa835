import { Socket } from 'node:net';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { AddressRanges } from '../../../server/src/web/entry/address-ranges.ts';
import { ConnectionLimiter, networkOf } from '../../../server/src/web/entry/connection-limiter.ts';

const gone = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });

describe('a limiter', () => {
  it('has a limited number of places in all, and one more when somebody has left', async () => {
    const limiter = new ConnectionLimiter(2, 0);
    const sockets = [new Socket(), new Socket(), new Socket()] as const;
    expect(sockets.map((socket) => limiter.enter(socket, () => '127.0.0.1'))).toEqual([
      undefined,
      undefined,
      'connections',
    ]);
    await gone(sockets[0]);
    expect(limiter.enter(new Socket(), () => '127.0.0.1')).toBeUndefined();
    expect(limiter.size).toBe(2);
  });

  it('has a limited number for each address, and any number for loopback', async () => {
    const limiter = new ConnectionLimiter(100, 1);
    const first = new Socket();
    expect(limiter.enter(first, () => '192.0.2.1')).toBeUndefined();
    expect(limiter.enter(new Socket(), () => '::ffff:192.0.2.1')).toBe('connectionsPerAddress');
    expect(limiter.enter(new Socket(), () => '192.0.2.2')).toBeUndefined();
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.0.0.1'])
      expect(limiter.enter(new Socket(), () => address)).toBeUndefined();
    await gone(first);
    expect(limiter.enter(new Socket(), () => '192.0.2.1')).toBeUndefined();
  });

  it('keeps nothing of an address that has left, or that was refused', async () => {
    const limiter = new ConnectionLimiter(3, 1);
    const sockets: Socket[] = [];
    for (let i = 0; i < 10; i++) {
      const socket = new Socket();
      const limit = limiter.enter(socket, () => `192.0.2.${i}`);
      expect(limit).toBe(i < 3 ? undefined : 'connections');
      sockets.push(socket);
    }
    expect(limiter.kept).toBe(6);
    await Promise.all(sockets.map(gone));
    expect([limiter.size, limiter.kept]).toEqual([0, 0]);
  });

  it('gives a socket one place, whatever address it comes from the second time', async () => {
    const limiter = new ConnectionLimiter(2, 2);
    const socket = new Socket();
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2', '127.0.0.1', '192.0.2.1'])
      expect(limiter.enter(socket, () => address)).toBeUndefined();
    expect([limiter.size, socket.listenerCount('close')]).toEqual([1, 1]);
    await gone(socket);
    expect(limiter.size).toBe(0);
    // Both places of both addresses are free again.
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      const two = [new Socket(), new Socket()];
      expect(two.map((each) => limiter.enter(each, () => address))).toEqual([undefined, undefined]);
      await Promise.all(two.map(gone));
    }
  });

  it('counts a Unix socket, which has no address, as of this machine', () => {
    const limiter = new ConnectionLimiter(100, 1);
    for (let i = 0; i < 3; i++) expect(limiter.enter(new Socket(), () => '')).toBeUndefined();
    expect(limiter.size).toBe(3);
  });

  it('takes no place for a socket that is gone already', () => {
    const limiter = new ConnectionLimiter(1, 1);
    const socket = new Socket();
    socket.destroy();
    limiter.enter(socket, () => '192.0.2.1');
    expect(limiter.size).toBe(0);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::2', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test.prop([fc.ipV6()])('counts all addresses of a network of 64 bits as one', (address) => {
    const network = networkOf(address);
    expect(networkOf(network.replace('::/64', ':9:9:9:9'))).toBe(network);
  });
});

describe('ranges of addresses', () => {
  it.each<[string[], string | undefined, boolean]>([
    [['10.0.0.0/8'], '10.200.1.1', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['10.0.0.5'], '10.0.0.5', true],
    [['10.0.0.5'], '10.0.0.50', false],
    [['10.0.0.5'], '::ffff:10.0.0.5', true],
    [['2001:db8::/32'], '2001:db8::1', true],
    [['2001:db8::/32'], '10.0.0.5', false],
    [['10.0.0.5', '::1'], '::1', true],
    [['10.0.0.5'], undefined, false],
    [['10.0.0.5'], 'proxy', false],
    [[], '127.0.0.1', false],
  ])('%j have %s: %s', (ranges, address, has) => {
    expect(new AddressRanges(ranges).has(address)).toBe(has);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/8/8',
    '300.0.0.1',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.1/',
    ':',
    '1',
  ])('are not %s', (range) => {
    expect(() => new AddressRanges(['127.0.0.1', range])).toThrow(range);
  });
});
