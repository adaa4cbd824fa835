import { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AddressRanges } from '../../../server/src/web/entry/address-ranges.ts';
import { HttpServer, SPARE_PER_ADDRESS } from '../../../server/src/web/http/http-server.ts';

/** A connection from an address that no test can come from. */
function connection(remoteAddress: string): Duplex {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return Object.assign(socket, { remoteAddress, setTimeout: () => socket });
}

function serving(connectionsPerAddress: number) {
  const reported: [string | undefined, string][] = [];
  const http = new HttpServer({
    tls: undefined,
    limits: { connections: 10, connectionsPerAddress, headersMs: 8_000, bodyMs: 4_000 },
    proxies: new AddressRanges(['192.0.2.9']),
    onDropped: (address, limit) => reported.push([address, limit]),
    onMixedUp: () => {},
  });
  const server = http.create(() => undefined);
  const connect = (address: string) => {
    const socket = connection(address);
    server.emit('connection', socket);
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  const [meter] = http.meters;
  return {
    reported,
    connect,
    dropped: () => (meter && 'label' in meter ? Object.fromEntries(meter.read()) : {}),
  };
}

describe('connections of any kind', () => {
  it('are limited for each address; one more is closed at once, counted and reported, and others are admitted', async () => {
    const { reported, connect, dropped } = serving(3);
    const all = Array.from({ length: 3 + SPARE_PER_ADDRESS }, () => connect('192.0.2.1'));
    expect(connect('192.0.2.1').destroyed).toBe(true);
    expect(all.some(({ destroyed }) => destroyed)).toBe(false);
    expect(connect('192.0.2.2').destroyed).toBe(false);
    expect(dropped()).toEqual({ connections: 0, connectionsPerAddress: 1 });
    expect(reported).toEqual([['192.0.2.1', 'connectionsPerAddress']]);
    const left = new Promise((resolve) => all[0]?.once('close', resolve));
    all[0]?.destroy();
    await left;
    expect(connect('192.0.2.1').destroyed).toBe(false);
  });

  it.each([
    ['from this machine', 3, '127.0.0.1'],
    ['from a proxy, which speaks for many', 3, '192.0.2.9'],
    ['without a limit of WebSockets', 0, '192.0.2.1'],
  ])('%s are any number', (_, limit, address) => {
    const { connect } = serving(limit);
    for (let i = 0; i < 2 * SPARE_PER_ADDRESS; i++) expect(connect(address).destroyed).toBe(false);
  });
});
