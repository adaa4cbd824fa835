import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { hostAllowed, originAllowed } from '../../../server/src/web/entry/origins.ts';

const PORT = 8080;
const LISTED = ['https://app.example', 'https://app.example:8443', 'http://[2001:db8::1]:81'];

describe('with a list, an Origin header', () => {
  it.each<[string, string | undefined, boolean]>([
    ['as it is listed', 'https://app.example', true],
    ['with a port that is listed', 'https://app.example:8443', true],
    ['that is an IPv6 address', 'http://[2001:db8::1]:81', true],
    ['that is missing: no browser', undefined, true],
    ['null, as of a sandboxed page or a file', 'null', false],
    ['that is empty', '', false],
    ['with more behind the name', 'https://app.example.evil.example', false],
    ['with more before the name', 'https://evil-app.example', false],
    ['with a subdomain', 'https://a.app.example', false],
    ['that is the parent', 'https://example', false],
    ['with another scheme', 'http://app.example', false],
    ['with the scheme of the WebSocket', 'wss://app.example', false],
    ['with another port', 'https://app.example:444', false],
    ['with the default port written out', 'https://app.example:443', false],
    ['with a port that begins alike', 'https://app.example:84431', false],
    ['with a trailing dot', 'https://app.example.', false],
    ['with a trailing slash', 'https://app.example/', false],
    ['with a path', 'https://app.example/x', false],
    ['with the name as the user', 'https://app.example@evil.example', false],
    ['with a user', 'https://me@app.example', false],
    ['with the name in a fragment', 'https://evil.example#https://app.example', false],
    ['with the name in a query', 'https://evil.example?https://app.example', false],
    ['in capitals', 'HTTPS://APP.EXAMPLE', false],
    ['with one capital', 'https://App.example', false],
    ['with white space before it', ' https://app.example', false],
    ['twice, as one header', 'https://app.example, https://app.example', false],
    ['after another', 'https://evil.example, https://app.example', false],
    ['with a look-alike letter', 'https://аpp.example', false],
    ['without a scheme', 'app.example', false],
    ['as a wildcard', '*', false],
    ['of this server on loopback, which is not listed', `http://127.0.0.1:${PORT}`, false],
  ])('%s', (_, origin, allowed) => {
    expect(
      originAllowed({ listed: LISTED, own: false, ownLoopback: false }, origin, `127.0.0.1:${PORT}`, PORT),
    ).toBe(allowed);
    // What --insecure lets pass does not widen a list.
    expect(
      originAllowed({ listed: LISTED, own: true, ownLoopback: false }, origin, 'evil.example', PORT),
    ).toBe(allowed);
  });
});

describe("with a list, on loopback, the server's own page", () => {
  const rules = { listed: ['http://localhost:5173'], own: false, ownLoopback: true };

  it.each([
    ['http://127.0.0.1:8080', '127.0.0.1:8080', true],
    ['http://localhost:8080', 'localhost:8080', true],
    ['https://[::1]:8080', '[::1]:8080', true],
    ['http://localhost:5173', '127.0.0.1:8080', true],
    // A proxy that is not named changes Host: then the page is of the client's machine, not of this server.
    ['http://localhost:8080', 'app.example', false],
    ['http://localhost:8080', '127.0.0.1:8080', false],
    ['http://localhost:8080', undefined, false],
    ['http://localhost:3000', 'localhost:3000', false],
    ['http://rebound.example:8080', 'rebound.example:8080', false],
    ['https://elsewhere.example', 'localhost:8080', false],
    ['null', 'null', false],
  ])('%s at the host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(rules, origin, host, PORT)).toBe(allowed);
  });
});

describe('without a list, on loopback, an Origin header', () => {
  it.each<[string, string | undefined, boolean]>([
    ['of this server by its address', 'http://127.0.0.1:8080', true],
    ['of this server by its name', 'http://localhost:8080', true],
    ['of this server over IPv6', 'http://[::1]:8080', true],
    ['of this server over TLS', 'https://localhost:8080', true],
    ['that is missing', undefined, true],
    ['null', 'null', false],
    ['of another server of this machine', 'http://127.0.0.1:3000', false],
    ['of another server on the default port', 'http://localhost', false],
    ['with a name that only begins so', 'http://localhost.evil.example:8080', false],
    ['with a name that only ends so', 'http://evil-localhost:8080', false],
    ['with a trailing dot', 'http://localhost.:8080', false],
    ['in capitals', 'http://LOCALHOST:8080', false],
    ['with loopback as the user', 'http://127.0.0.1:8080@evil.example', false],
    ['with loopback as the user, and the port', 'http://127.0.0.1@evil.example:8080', false],
    ['with an address that looks so', 'http://127.0.0.1.evil.example:8080', false],
    ['as all addresses', 'http://0.0.0.0:8080', false],
    ['with the address in another form', 'http://2130706433:8080', false],
    ['with IPv6 without brackets', 'http://::1:8080', false],
    ['of another scheme', 'file://127.0.0.1:8080', false],
    ['of a name that leads here', 'http://rebound.example:8080', false],
  ])('%s', (_, origin, allowed) => {
    expect(
      originAllowed({ listed: [], own: false, ownLoopback: false }, origin, 'rebound.example:8080', PORT),
    ).toBe(allowed);
  });

  it('leaves out the port that its scheme has by itself', () => {
    const rules = { listed: [], own: false, ownLoopback: false };
    expect(originAllowed(rules, 'http://localhost', 'localhost', 80)).toBe(true);
    expect(originAllowed(rules, 'https://[::1]', 'localhost', 443)).toBe(true);
    expect(originAllowed(rules, 'https://localhost', 'localhost', 80)).toBe(false);
  });
});

describe('with --insecure and no list', () => {
  it.each([
    ['http://192.0.2.1:8080', '192.0.2.1:8080', true],
    ['https://demo.example', 'demo.example', true],
    ['http://evil.example', '192.0.2.1:8080', false],
    ['http://192.0.2.1:8081', '192.0.2.1:8080', false],
    ['null', 'null', false],
    ['http://192.0.2.1:8080', undefined, false],
  ])('%s at the host %s: %s', (origin, host, allowed) => {
    expect(originAllowed({ listed: [], own: true, ownLoopback: false }, origin, host, PORT)).toBe(allowed);
  });
});

test.prop([fc.webUrl(), fc.constantFrom(...LISTED)])(
  'no other origin than one of the list comes in, whatever it has in common with it',
  (url, listed) => {
    const rules = { listed: LISTED, own: false, ownLoopback: false };
    for (const origin of [url, listed + url, url + listed, listed.slice(0, -1), `${listed}0`])
      expect(originAllowed(rules, origin, undefined, PORT)).toBe(LISTED.includes(origin));
  },
);

describe('on loopback, a Host header', () => {
  it.each<[string | undefined, boolean]>([
    ['127.0.0.1', true],
    ['127.0.0.1:8080', true],
    ['127.8.9.10:1', true],
    ['localhost', true],
    ['LocalHost:8080', true],
    ['[::1]:8080', true],
    ['[::1]', true],
    ['app.example:8443', true],
    ['app.example', true],
    [undefined, false],
    ['', false],
    ['::1', false],
    ['localhost.', false],
    ['localhost.evil.example', false],
    ['a.localhost', false],
    ['127.0.0.1.nip.example', false],
    ['evil.example:8080', false],
    ['app.example:8444', false],
    ['x.app.example', false],
    ['127.0.0.1@evil.example', false],
    ['evil.example/127.0.0.1', false],
    ['0.0.0.0:8080', false],
    ['127.0.0.1, evil.example', false],
    ['[::1', false],
    ['127.0.0.1:80:80', false],
  ])('%s: %s', (host, allowed) => {
    expect(hostAllowed(LISTED, host)).toBe(allowed);
  });
});
