import { FAILURES, type ZerospanError } from '@zerospan/shared';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../../client/src/bus.ts';
import { answerClue, statusIn } from '../../../client/src/connection/failures/http-answer.ts';
import { systemClue } from '../../../client/src/connection/witness/witness-node.ts';
import { type Page, pageWitness } from '../../../client/src/connection/witness/witness-page.ts';
import type { StateDetail } from '../../../client/src/types.ts';
import { FakeServer, FakeSocket, outcomeOf, settle } from '../../support/client-socket.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function codes(bus: Bus): string[] {
  const reported: string[] = [];
  bus.on('error', ({ code }) => reported.push(code));
  return reported;
}

describe('a bus that cannot connect', () => {
  it('reports the first failure and each new kind, not each attempt', () => {
    const server = new FakeServer();
    const reported = codes(server.bus());
    for (let i = 0; i < 5; i++) {
      server.socket.drops();
      server.returns();
    }
    server.welcomes().drops(4004);
    server.returns().drops();
    server.returns();
    server.welcomes().drops(4004);
    expect(reported).toEqual(['cannot-connect', 'server-failed']);
  });

  it('reports the next outage again, once a connection has lasted', () => {
    const server = new FakeServer();
    const reported = codes(server.bus());
    server.socket.drops();
    server.returns();
    const lasting = server.welcomes();
    for (let i = 0; i < 3; i++) {
      server.clock.advance(20_000);
      lasting.says({ beat: { offset: 0 } });
    }
    lasting.drops();
    server.returns().drops();
    expect(reported).toEqual(['cannot-connect', 'connection-lost', 'cannot-connect']);
  });

  it.each([
    ['the server restarts', 4000],
    ['it goes away', 1001],
    ['the token has expired', 4005],
  ])(
    'does not report that a live connection ended in good order, but says so with the state: %s',
    (_, code) => {
      const server = new FakeServer();
      const bus = server.bus();
      const reported = codes(bus);
      const details: StateDetail[] = [];
      bus.on('state', (_state, detail) => details.push(detail));
      server.welcomes().drops(code);
      expect([reported, details.at(-1)?.failure?.code]).toEqual([
        [],
        code === 4005 ? 'token-expired' : 'going-away',
      ]);
    },
  );

  it('says with its state which attempt it is, when the next one comes, and why', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const states: unknown[] = [];
    bus.on('state', (state, { attempt, retryInMs, failure }) =>
      states.push([state, attempt, retryInMs, failure?.code]),
    );
    server.socket.drops();
    server.clock.advance(250);
    server.socket.drops();
    server.returns();
    server.welcomes();
    expect(states).toEqual([
      ['waiting', 1, 250, 'cannot-connect'],
      ['connecting', 2, undefined, undefined],
      ['waiting', 2, 500, 'cannot-connect'],
      ['connecting', 3, undefined, undefined],
      ['live', undefined, undefined, undefined],
    ]);
    expect(bus.lastFailure).toMatchObject({ code: 'cannot-connect', final: false, retry: true });
  });

  it('does not take an old error of a live connection for the cause of its end', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const reported = codes(bus);
    const socket = server.welcomes();
    socket.says({ error: { code: 'bad-message', reason: 'what is that', remedy: 'fix it' } });
    socket.drops(1006);
    expect([reported, bus.lastFailure?.code]).toEqual([
      ['bad-message', 'connection-lost'],
      'connection-lost',
    ]);
  });

  it('names the url without what may be a secret in it', () => {
    const server = new FakeServer();
    const bus = new (server.bus().constructor as typeof Bus)('ws://user:secret@h:1/bus?token=secret', {
      WebSocket: server.Socket,
      clock: server.clock,
    });
    server.socket.drops();
    expect(bus.lastFailure?.message).toContain('(ws://h:1/bus');
    expect(JSON.stringify([bus.lastFailure?.message, bus.lastFailure])).not.toContain('secret');
  });

  it('notices that connections break after the same quiet time again: a proxy ends them', () => {
    const server = new FakeServer();
    const reported = codes(server.bus());
    for (let i = 0; i < 3; i++) {
      server.welcomes();
      server.clock.advance(15_000);
      server.socket.drops();
      server.returns();
    }
    expect(reported).toEqual(['connection-lost', 'idle-cut']);
  });

  it.each([
    ['at other times', [15_000, 9_000, 4_000]],
    ['in the middle of traffic', [100, 100, 100]],
  ])('and not where they break %s', (_, quiet) => {
    const server = new FakeServer();
    const reported = codes(server.bus());
    for (const ms of quiet) {
      server.welcomes();
      server.clock.advance(ms);
      server.socket.drops();
      server.returns();
    }
    expect(new Set(reported)).toEqual(new Set(['connection-lost']));
  });

  it('without a listener shows each code once, with what to do; a listener turns that off', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const server = new FakeServer();
    const bus = server.bus();
    for (const code of [1006, 4004, 1006, 4004]) {
      server.welcomes();
      server.clock.advance(code);
      server.socket.drops(code);
      server.returns();
    }
    const texts = warn.mock.calls.map(([text]) => String(text));
    expect(texts).toHaveLength(2);
    expect(texts[0]).toContain(FAILURES['connection-lost'].remedy);
    expect(texts[0]).toContain('goes on trying');
    bus.on('error', () => {});
    server.welcomes().drops(4002);
    expect(warn).toHaveBeenCalledTimes(2);
  });
});

describe('how a connection ended says why', () => {
  it.each([
    [1005, 'connection-lost'],
    [1006, 'connection-lost'],
    [1011, 'connection-closed'],
    [4000, 'going-away'],
    [4001, 'connection-lost'],
    [4002, 'replaced'],
    [4003, 'hello-timeout'],
    [4004, 'server-failed'],
    [4005, 'token-expired'],
    [4006, 'too-many-connections'],
    [4499, 'connection-closed'],
    [4500, 'rejected'],
    [4502, 'unauthorized'],
    [4503, 'revoked'],
  ])('%i: %s', (closeCode, code) => {
    const server = new FakeServer();
    const bus = server.bus();
    const reported = codes(bus);
    server.socket.opens();
    server.socket.drops(closeCode, 'why');
    expect([reported, bus.lastFailure?.code, bus.lastFailure?.final]).toEqual([
      [code],
      code,
      closeCode >= 4500,
    ]);
  });

  it.each([
    ['opens', 'no-answer', () => undefined],
    ['says welcome', 'no-welcome', (server: FakeServer) => server.socket.opens()],
    ['says anything more', 'server-silent', (server: FakeServer) => server.welcomes()],
  ])('silence before it %s: %s', (_, code, until) => {
    const server = new FakeServer();
    const reported = codes(server.bus());
    until(server);
    server.clock.advance(30_000);
    expect(reported).toEqual([code]);
  });

  it('a frame that cannot be read', () => {
    const server = new FakeServer();
    const bus = server.bus();
    const reported = codes(bus);
    server.welcomes().frame('12 no');
    expect([reported, bus.lastFailure?.cause]).toEqual([['unreadable-frame'], expect.any(SyntaxError)]);
  });

  it('another subprotocol', () => {
    const server = new FakeServer();
    const reported = codes(server.bus());
    Object.assign(server.socket, { protocol: '' });
    server.socket.opens();
    expect([reported, server.socket.sent]).toEqual([['protocol-mismatch'], []]);
  });
});

describe("Node's errors", () => {
  it.each([
    ['ECONNREFUSED', 'nothing-listens'],
    ['EAI_AGAIN', 'unknown-host'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ETIMEDOUT', 'no-answer'],
    ['ECONNRESET', 'connection-reset'],
    ['EPROTO', 'tls-failed'],
    ['CERT_HAS_EXPIRED', 'certificate-expired'],
    ['CERT_NOT_YET_VALID', 'certificate-expired'],
    ['CERT_REVOKED', 'tls-failed'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls-failed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-untrusted'],
    ['HPE_INVALID_CONSTANT', 'not-a-websocket'],
    ['EMFILE', 'socket-failed'],
  ])('%s: %s', (code, expected) => {
    const error = Object.assign(new Error('x'), { code });
    expect(systemClue(error, 'x')).toMatchObject({ code: expected, detail: code, cause: error });
    const several = Object.assign(new AggregateError([error, new Error('y')], ''), {});
    expect(systemClue(several, '')).toMatchObject({ code: expected });
  });

  it('of a WebSocket class that says no more than the status', () => {
    expect(systemClue(undefined, 'Unexpected server response: 401')).toMatchObject({
      code: 'credentials-required',
    });
  });
});

describe('ready', () => {
  it('resolves at the first welcome, and stays so', async () => {
    const server = new FakeServer();
    const bus = server.bus();
    server.socket.drops();
    expect(await outcomeOf(bus.ready)).toBe('pending');
    server.returns();
    server.welcomes().drops();
    await bus.ready;
    await bus.close();
    await bus.ready;
  });

  it('rejects only when the bus is closed before, and nobody has to handle that', async () => {
    const server = new FakeServer();
    await server.bus().close();
    // Node looks for unhandled rejections when a turn is over; the runner fails for one.
    await new Promise((resolve) => setImmediate(resolve));
    server.sockets.length = 0;
    const [closed, rejected] = [server.bus(), server.bus()];
    rejected.on('error', () => {});
    await closed.close();
    server.sockets[1]?.opens();
    server.sockets[1]?.drops(4502);
    await settle();
    expect([await outcomeOf(closed.ready), await outcomeOf(rejected.ready)]).toEqual([
      'closed',
      'unauthorized',
    ]);
  });
});

describe('an answer in place of a WebSocket', () => {
  const refusal = { code: 'origin-refused', reason: 'Not you.', remedy: 'Name it.' };

  it.each([
    ['of ours', { status: 403, body: JSON.stringify(refusal) }, refusal],
    [
      'with a code of a later version',
      { status: 403, body: JSON.stringify({ ...refusal, code: 'new' }) },
      { code: 'access-denied', reason: 'new: Not you.', remedy: 'Name it.' },
    ],
    [
      'of somebody else, in JSON',
      { status: 403, body: '{"code":"forbidden","error":"x"}' },
      { code: 'access-denied' },
    ],
    ['that is no object', { status: 404, body: 'null' }, { code: 'no-websocket' }],
    [
      'a redirect',
      { status: 301, location: 'https://h/' },
      { code: 'redirected', detail: 'HTTP 301 to https://h/' },
    ],
    [
      'of Go, over TLS',
      { status: 400, body: 'Client sent an HTTP request to an HTTPS server.' },
      { code: 'tls-required' },
    ],
    ['418', { status: 418 }, { code: 'not-a-websocket' }],
    ['508', { status: 508 }, { code: 'server-error' }],
  ])('%s', (_, answer, expected) => {
    expect(answerClue(answer)).toMatchObject(expected);
  });

  it.each([
    ['Unexpected server response: 404', 404],
    ["Expected HTTP 101 response but was '403 Forbidden'", 403],
    ['Received bad response code from server: 503.', 503],
    ['The operation could not be completed', undefined],
    ['connect ECONNREFUSED 127.0.0.1:404', undefined],
  ])('%s is %s', (message, status) => {
    expect(statusIn(message)).toBe(status);
  });
});

describe('what a page knows', () => {
  const URL = 'ws://server.example/bus';

  function scene(page: Partial<Page>, url = URL) {
    const socket = new FakeSocket(url, 'zerospan.v1');
    const location = { origin: 'http://app.example', protocol: 'http:' };
    const witness = pageWitness(socket, url, { location, ...page });
    return { socket, witness };
  }

  it.each([
    ['offline', { navigator: { onLine: false } }, URL, 'offline'],
    [
      'offline, but the server is on this machine',
      { navigator: { onLine: false } },
      'ws://127.0.0.1/bus',
      'cannot-connect',
    ],
    ['over https', { location: { origin: 'https://a', protocol: 'https:' } }, URL, 'mixed-content'],
    [
      'over https, to this machine',
      { location: { origin: 'https://a', protocol: 'https:' } },
      'ws://localhost/bus',
      'cannot-connect',
    ],
    [
      'over https, to wss:',
      { location: { origin: 'https://a', protocol: 'https:' } },
      'wss://server.example/bus',
      'cannot-connect',
    ],
  ])('%s', (_, page, url, code) => {
    expect(scene(page, url).witness.clue()).toMatchObject({ code });
  });

  it('asks no further where it knows already, or cannot ask', () => {
    expect(scene({ navigator: { onLine: false }, fetch: vi.fn() }).witness.inquiry()).toBeUndefined();
    expect(scene({}).witness.inquiry()).toBeUndefined();
  });

  it('listens to its policy for as long as the socket opens', () => {
    const heard = new EventTarget();
    const { witness, socket } = scene({
      addEventListener: heard.addEventListener.bind(heard) as NonNullable<Page['addEventListener']>,
      removeEventListener: heard.removeEventListener.bind(heard) as NonNullable<Page['removeEventListener']>,
    });
    const violate = (blockedURI: string, disposition = 'enforce') =>
      heard.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), { blockedURI, disposition }));
    violate('ws://other.example/bus');
    violate(URL, 'report');
    expect(witness.clue()?.code).toBe('cannot-connect');
    witness.stop();
    violate(URL);
    expect(witness.clue()?.code).toBe('cannot-connect');
    socket.opens();
  });

  it('that its policy forbids the connection', () => {
    const heard = new EventTarget();
    const { witness } = scene({
      addEventListener: heard.addEventListener.bind(heard) as NonNullable<Page['addEventListener']>,
    });
    const violation = { blockedURI: 'ws://server.example', disposition: 'enforce' };
    heard.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), violation));
    expect(witness.clue()?.code).toBe('blocked-by-page');
  });

  it('the message of React Native', () => {
    const { socket, witness } = scene({});
    const listeners: ((event: unknown) => void)[] = [];
    vi.spyOn(socket, 'addEventListener');
    const spied = pageWitness(
      Object.assign(socket, {
        addEventListener: (type: string, hear: (event: unknown) => void) =>
          type === 'error' && listeners.push(hear),
      }) as never,
      URL,
      {},
    );
    for (const hear of listeners)
      hear({ message: "Expected HTTP 101 response but was '503 Service Unavailable'" });
    expect([witness.clue()?.code, spied.clue()?.code]).toEqual(['cannot-connect', 'unavailable']);
  });
});

it('what was found out is reported in place of what was not known, and asked again once a minute', async () => {
  const { FailureReports } = await import('../../../client/src/connection/failures/failure-reports.ts');
  const { failureOf } = await import('../../../client/src/connection/failures/failure.ts');
  const { clock } = new FakeServer();
  const reported: ZerospanError[] = [];
  const reports = new FailureReports(clock, (failure) => reported.push(failure));
  const inquiry = vi.fn(async () => failureOf({ code: 'websocket-refused' }, 'ws://h/'));
  for (let attempt = 0; attempt < 4; attempt++) {
    reports.inquire(failureOf({ code: 'cannot-connect' }, 'ws://h/'), inquiry);
    await settle();
    clock.advance(25_000);
  }
  expect([reported.map(({ code }) => code), inquiry.mock.calls.length]).toEqual([['websocket-refused'], 2]);
  expect(reports.last?.code).toBe('websocket-refused');
});
