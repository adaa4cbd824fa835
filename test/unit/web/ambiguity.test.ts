import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ambiguityOf } from '../../../server/src/web/entry/ambiguity.ts';

const asked = (lines: readonly [string, string][], url = '/bus') => {
  const host = lines.find(([name]) => name.toLowerCase() === 'host')?.[1];
  return ambiguityOf({ rawHeaders: lines.flat(), headers: { host }, url } as IncomingMessage);
};
const HOST: [string, string] = ['Host', 'localhost:8080'];

describe('a request', () => {
  it.each<[string, [string, string][], string?]>([
    ['with one host', [HOST]],
    ['with a host without a port', [['Host', 'app.example']]],
    ['with an IPv6 host', [['Host', '[::1]:8080']]],
    ['without a host, by HTTP/1.0', []],
    ['with lists in several lines', [HOST, ['Sec-WebSocket-Protocol', 'a'], ['sec-websocket-protocol', 'b']]],
    ['with its own host in the request line', [HOST], 'http://LOCALHOST:8080/bus'],
    ['with an address in the query', [HOST], '/bus?next=http://elsewhere.example/'],
  ])('%s has one reading', (_, lines, url) => {
    expect(asked(lines, url)).toBeUndefined();
  });

  it.each([
    'Host',
    'Origin',
    'Authorization',
    'Content-Length',
    'Content-Type',
    'Transfer-Encoding',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
  ])('with %s twice has two readings, also where both are equal', (name) => {
    const twice: [string, string][] = [
      [name, 'localhost'],
      [name.toUpperCase(), 'localhost'],
    ];
    expect(asked(name === 'Host' ? twice : [HOST, ...twice])).toBe(
      `The header ${name.toLowerCase()} stands twice.`,
    );
  });

  it.each([
    'a.example, b.example',
    'a.example b.example',
    'user@a.example',
    'a.example/b',
    '[::1',
    'a:1:2',
    'a:x',
  ])('with the host %j has none', (host) => {
    expect(asked([['Host', host]])).toMatch(/^The header host/);
  });

  it.each([
    ['http://elsewhere.example/bus', [HOST]],
    ['http://user@localhost:8080/bus', [HOST]],
    ['ws://elsewhere.example', [HOST]],
    ['http://localhost/bus', []],
  ] as [string, [string, string][]][])('for %s under another host has two readings', (url, lines) => {
    expect(asked(lines, url)).toMatch(/^The request line/);
  });
});
