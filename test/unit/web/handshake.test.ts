import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { handshakeFault } from '../../../server/src/web/entry/handshake.ts';

const HEADERS = {
  host: 'h',
  upgrade: 'WebSocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};
const asked = (more: object = {}, httpVersion = '1.1') =>
  handshakeFault({ headers: { ...HEADERS, ...more }, httpVersion } as IncomingMessage) === undefined;

describe('a handshake', () => {
  it.each(['zerospan.v1', 'a, b', 'a,b \t, c', "!#$%&'*+-.^_`|~0"])('may offer %s', (offered) => {
    expect([asked(), asked({ 'sec-websocket-protocol': offered })]).toEqual([true, true]);
  });

  it.each(['', ',', 'a,', 'a,,b', 'a,a', 'a, b ,a', 'a b', 'a;b', 'é', `${'a ,'.repeat(20_000)};`])(
    'may not offer %j',
    (offered) => {
      expect(asked({ 'sec-websocket-protocol': offered })).toBe(false);
    },
  );

  it.each([
    { host: undefined },
    { upgrade: 'h2c' },
    { 'sec-websocket-key': undefined },
    { 'sec-websocket-key': 'c2hvcnQ=' },
    { 'sec-websocket-version': undefined },
    { 'sec-websocket-version': '12' },
    { 'content-length': '5' },
    { 'transfer-encoding': 'chunked' },
  ])('is none with %j', (wrong) => {
    expect(asked(wrong)).toBe(false);
  });

  it('is none by HTTP/1.0', () => {
    expect(asked({}, '1.0')).toBe(false);
  });
});
