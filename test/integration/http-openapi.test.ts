import { request } from 'node:http';
import { type SessionsPage, ZerospanError } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { ALL, set, TestGate } from '../support/grants.ts';
import {
  checkAnswer,
  checkBody,
  documentOf,
  type OpenApi,
  operationsOf,
  type Received,
} from '../support/openapi.ts';
import { openServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** What a test sends; its address and method are the document's. */
interface Sent {
  readonly query?: string;
  /** What stands in the address, percent-encoded. */
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Sent before, for the state in which it leaves the server. */
  readonly before?: Sent;
  /** The answer does not end by itself: it is read up to here. */
  readonly until?: string;
}

/** `open` has no keys; `tight` neither, and next to no room; `keyed` asks a gate. */
type At = 'open' | 'tight' | 'keyed';

interface Case extends Sent {
  readonly operation: string;
  readonly status: number;
  /** Of the problem. */
  readonly code?: string;
  /** Which server. Default: `keyed`, with the token of somebody who may do everything. */
  readonly at?: At;
  /** It depends on what came within the last second: the request is repeated until it is answered so. */
  readonly isPassing?: true;
}

const BEARER = (token: string) => ({ Authorization: `Bearer ${token}` });
const FOREIGN = { Origin: 'https://evil.example' };
const NDJSON = { Accept: 'application/x-ndjson' };
const SSE = { Accept: 'text/event-stream' };

/** Requests that are answered by each problem which every operation with a token may have. */
const OF_TOKENS: readonly (Omit<Case, 'operation'> & { readonly code: string })[] = [
  { status: 401, code: 'unauthorized', headers: {} },
  { status: 401, code: 'unauthorized', headers: BEARER('unknown') },
  { status: 401, code: 'token-expired', headers: BEARER('expired') },
  { status: 401, code: 'revoked', headers: BEARER('revoked') },
  { status: 503, code: 'key-not-known', headers: BEARER('early') },
  { status: 503, code: 'gate-failed', headers: BEARER('broken') },
];

/** A valid request of each operation. */
const VALID = {
  put: { query: 'channel=room', body: '1' },
  puts: { body: '{"channels":["room"],"message":1}\n' },
  events: { query: 'all', until: 'position' },
  history: { query: 'all' },
  status: {},
  settings: {},
  sessions: { query: 'sort=since&search=a' },
  session: { params: { id: 'STAYING' } },
  endSession: { params: { id: 'ENDING' } },
  channels: { query: 'separator=.' },
  channel: { params: { name: 'a%2Fb' } },
  explain: { query: 'offset=epoch_1&client=nobody' },
  openSession: {},
  closeSession: {},
} as const satisfies Record<string, Sent>;

/** Operations that show operators the state of the server. */
const OBSERVING = ['status', 'settings', 'sessions', 'session', 'channels', 'channel', 'explain'];

/** All that ask who makes the request. */
const KNOWN = ['put', 'puts', 'events', 'history', ...OBSERVING, 'endSession'];

const CASES: readonly Case[] = [
  ...[...KNOWN, 'openSession', 'closeSession'].flatMap((operation) => [
    { operation, status: 403, code: 'origin-refused', headers: FOREIGN },
    { operation, status: 403, code: 'host-refused', headers: { Host: 'evil.example' } },
    { operation, status: 400, code: 'bad-request', headers: { Authorization: ['Bearer a', 'Bearer b'] } },
  ]),
  ...[...KNOWN, 'openSession'].flatMap((operation) =>
    OF_TOKENS.filter(
      ({ headers }) => operation !== 'openSession' || headers?.Authorization !== undefined,
    ).map((one) => ({ operation, ...one })),
  ),
  ...KNOWN.map((operation) => ({
    operation,
    status: 400,
    code: 'bad-request',
    query: 'unknown=1',
  })),

  { operation: 'put', status: 200 },
  {
    operation: 'put',
    status: 200,
    query: 'channel=a&channel=b&confirmMs=50',
    headers: { 'Idempotency-Key': 'a' },
  },
  { operation: 'put', status: 200, at: 'open', headers: {} },
  { operation: 'put', status: 400, code: 'no-channels', query: '' },
  { operation: 'put', status: 400, code: 'bad-channel', query: 'channel=a%20b' },
  { operation: 'put', status: 400, code: 'no-payload', body: '' },
  { operation: 'put', status: 400, code: 'bad-payload', body: '{' },
  { operation: 'put', status: 400, code: 'too-deep', body: '['.repeat(200) + ']'.repeat(200) },
  { operation: 'put', status: 400, code: 'bad-confirm', query: 'channel=a&confirmMs=0' },
  { operation: 'put', status: 400, code: 'bad-request', headers: { 'Idempotency-Key': 'with space' } },
  {
    operation: 'put',
    status: 400,
    code: 'too-many-channels',
    query: Array.from({ length: 1_001 }, (_, i) => `channel=${i}`).join('&'),
  },
  { operation: 'put', status: 403, code: 'reserved-channel', query: 'channel=$mine' },
  { operation: 'put', status: 403, code: 'forbidden', headers: BEARER('nobody') },
  {
    operation: 'put',
    status: 409,
    code: 'put-conflict',
    body: '2',
    headers: { 'Idempotency-Key': 'b' },
    before: { ...VALID.put, headers: { 'Idempotency-Key': 'b' } },
  },
  {
    operation: 'put',
    status: 409,
    code: 'outcome-unknown',
    headers: { 'Idempotency-Key': 'c', 'Zerospan-Epoch': 'another' },
  },
  { operation: 'put', status: 413, code: 'too-large', body: `"${'x'.repeat(70_000)}"` },
  { operation: 'put', status: 415, code: 'bad-encoding', headers: { 'Content-Encoding': 'gzip' } },
  { operation: 'put', status: 429, code: 'too-many-confirms', at: 'tight', query: 'channel=a&confirmMs=50' },

  { operation: 'puts', status: 200 },
  { operation: 'puts', status: 200, at: 'open', headers: {} },
  {
    operation: 'puts',
    status: 200,
    body: '{"channels":["a"],"message":1,"key":"k"}\n{"channels":[]}\nno JSON\n',
  },
  { operation: 'puts', status: 200, headers: BEARER('nobody') },
  { operation: 'puts', status: 415, code: 'bad-encoding', headers: { 'Content-Encoding': 'gzip' } },

  {
    operation: 'events',
    status: 200,
    headers: SSE,
    query: 'all&last=1',
    before: VALID.put,
    until: '"message"',
  },
  {
    operation: 'events',
    status: 200,
    headers: NDJSON,
    query: 'all&last=1',
    before: VALID.put,
    until: '"message"',
  },
  { operation: 'events', status: 200, headers: { ...SSE, 'Last-Event-ID': 'unreadable' } },
  { operation: 'events', status: 200, headers: { ...NDJSON, 'Last-Event-ID': 'another_1' } },
  { operation: 'events', status: 200, at: 'open', headers: {} },
  { operation: 'events', status: 200, headers: { ...SSE, ...BEARER('early') }, until: 'key-not-known' },
  { operation: 'events', status: 400, code: 'bad-filter', query: '' },
  { operation: 'events', status: 400, code: 'bad-replay', query: 'all&last=1&since=x_1' },
  {
    operation: 'events',
    status: 400,
    code: 'too-many-filters',
    query: Array.from({ length: 1_100 }, (_, i) => `prefix=${i}`).join('&'),
  },
  { operation: 'events', status: 403, code: 'forbidden', headers: BEARER('nobody') },

  { operation: 'history', status: 200, before: VALID.put },
  { operation: 'history', status: 200, query: 'all&before&limit=1', before: VALID.put },
  { operation: 'history', status: 200, query: 'all&after=another_0' },
  { operation: 'history', status: 200, at: 'open', headers: {} },
  { operation: 'history', status: 400, code: 'bad-filter', query: '' },
  { operation: 'history', status: 400, code: 'bad-replay', query: 'all&after=x' },
  { operation: 'history', status: 403, code: 'forbidden', headers: BEARER('nobody') },
  {
    operation: 'history',
    status: 429,
    code: 'too-many-reads',
    at: 'tight',
    before: VALID.put,
    isPassing: true,
  },

  ...OBSERVING.flatMap((operation): Case[] => [
    { operation, status: 200 },
    ...(operation === 'session' ? [] : [{ operation, status: 200, at: 'open' as const, headers: {} }]),
    { operation, status: 403, code: 'forbidden', headers: BEARER('nobody') },
    { operation, status: 403, code: 'forbidden', at: 'open', headers: { 'X-Forwarded-For': '192.0.2.1' } },
  ]),

  { operation: 'session', status: 404, code: 'unknown-session', params: { id: 'nobody' } },
  { operation: 'channel', status: 200, params: { name: encodeURIComponent('ü'.repeat(127)) } },
  { operation: 'explain', status: 400, code: 'bad-request', query: 'offset=1&client=nobody' },
  { operation: 'channel', status: 400, code: 'bad-channel', params: { name: 'a%20b' } },
  { operation: 'endSession', status: 403, code: 'forbidden', headers: BEARER('observer') },
  { operation: 'endSession', status: 403, code: 'forbidden', at: 'open', headers: {} },
  { operation: 'endSession', status: 404, code: 'unknown-session', params: { id: 'nobody' } },
  { operation: 'endSession', status: 204 },

  { operation: 'openSession', status: 204 },
  { operation: 'openSession', status: 400, code: 'bad-request', headers: {} },
  { operation: 'openSession', status: 413, code: 'too-large', headers: BEARER('x'.repeat(4_000)) },
  { operation: 'closeSession', status: 204 },
  { operation: 'closeSession', status: 204, at: 'open', headers: {} },
  { operation: 'closeSession', status: 413, code: 'too-large', body: 'x'.repeat(2_000) },
];

/** Answers that no request of a test brings about, each with the reason. */
const NOT_PROVOKED: Readonly<Record<string, string>> = {
  500: 'The server fails at no request that a test knows of.',
  ...Object.fromEntries(
    ['sessions', 'session', 'endSession', 'channels', 'channel', 'explain'].map((operation) => [
      `${operation} 429`,
      'Five at a time of one user, which the unit test of ReadsUnderWay asks for.',
    ]),
  ),
  'endSession 202': 'It takes several nodes: see test/integration/cluster.',
  'events 429': 'On loopback connections are not counted by their address.',
};

describe('the OpenAPI document', () => {
  let servers: Record<At, RunningServer>;
  let document: OpenApi;
  /** Ids of sessions of the server `keyed`, by what becomes of them. */
  const sessions: Record<string, string> = {};
  const held = new AbortController();
  beforeAll(async () => {
    const everything = { subscribe: ALL, put: ALL, history: ALL, confirm: true, observe: true, admin: true };
    const gate = new TestGate()
      .knows('everybody', 'ada', everything)
      .knows('x'.repeat(4_000), 'ada', everything)
      .knows('observer', 'eve', { observe: true })
      .knows('nobody', 'bob', { subscribe: set('elsewhere') })
      .refuses('expired', new ZerospanError('token-expired'))
      .refuses('revoked', new ZerospanError('revoked'))
      .refuses('early', new ZerospanError('key-not-known'))
      .refuses('broken', new Error('the gate is broken'));
    servers = {
      open: await openServer(),
      tight: await openServer({ limits: { confirms: 0, replayEntriesPerS: 1 } }),
      keyed: await openServer({}, { gate }),
    };
    document = await documentOf(servers.keyed.url);
    const asked = { headers: BEARER('everybody'), signal: held.signal };
    for (const name of ['STAYING', 'ENDING']) {
      await fetch(new URL('v1/events?all', servers.keyed.url), asked);
      // Two that began in one ms have no order: it is the one that was not there before.
      await until('its session', async () => {
        const answer = await fetch(new URL('v1/sessions', servers.keyed.url), asked);
        const { sessions: open } = (await answer.json()) as SessionsPage;
        const known = new Set(Object.values(sessions));
        sessions[name] = open.find(({ session }) => !known.has(session))?.session ?? '';
        return sessions[name] !== '';
      });
    }
  });
  afterAll(async () => {
    held.abort();
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  });

  /** By `http`: `fetch` would let no test name an origin or a host. */
  function send(url: URL, method: string, { headers = {}, body = '', until: end }: Sent): Promise<Received> {
    return new Promise((resolve, reject) => {
      const all = { Host: url.host, 'Content-Length': String(Buffer.byteLength(body)), ...headers };
      const flat = Object.entries(all).flatMap(([name, value]) =>
        [value].flat().flatMap((each) => [name, each]),
      );
      const sent = request(url, { method, headers: flat as never, setHost: false }, (response) => {
        let text = '';
        const done = (): void => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: new Headers(received as Record<string, string>), body: text });
          sent.destroy();
        };
        response.setEncoding('utf8');
        response.on('data', (data: string) => {
          text += data;
          if (end !== undefined && text.includes(end) && text.endsWith('\n')) done();
        });
        response.on('end', done);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async function ask({ operation: id, at = 'keyed', before, ...own }: Case): Promise<Received> {
    const operation = operationsOf(document).get(id);
    if (!operation) throw new Error(`there is no operation ${id}`);
    const { method, path } = operation;
    const valid: Sent = { ...VALID[id as keyof typeof VALID] };
    const { query, params = {}, headers = {}, body, until: end } = { ...valid, ...own };
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = params[name] ?? '';
      return sessions[value] ?? value;
    });
    const base = new URL(
      `${document.servers[0]?.url ?? ''}${address}`,
      new URL('openapi.json', servers[at].url),
    );
    if (query !== undefined) base.search = query;
    const isAnonymous = own.headers !== undefined && Object.keys(own.headers).length === 0;
    const all = isAnonymous ? {} : { ...BEARER('everybody'), ...headers };
    if (before) await ask({ operation: 'put', status: 200, at, ...before });
    return send(base, method, {
      headers: all,
      ...(body !== undefined && { body }),
      ...(end !== undefined && { until: end }),
    });
  }

  const titled = CASES.map(
    (one) => [`${one.operation} ${one.status} ${one.code ?? ''}`.trim(), one] as const,
  );

  it.each(titled)('describes what a request is answered: %s', async (_title, one) => {
    let received = await ask(one);
    if (one.isPassing)
      await until('this status', async () => {
        received = await ask(one);
        return received.status === one.status;
      });
    expect(received.status, received.body).toBe(one.status);
    if (one.code !== undefined) expect(JSON.parse(received.body)).toMatchObject({ code: one.code });
    const operation = operationsOf(document).get(one.operation);
    if (operation) checkAnswer(document, operation, received);
  });

  it('describes no answer that is not among these, or has a reason', () => {
    const seen = new Set(CASES.map(({ operation, status }) => `${operation} ${status}`));
    const described = [...operationsOf(document)].flatMap(([id, { responses }]) =>
      Object.keys(responses).map((status) => [`${id} ${status}`, status] as const),
    );
    const others = described.filter(
      ([one, status]) => !(seen.has(one) || status in NOT_PROVOKED || one in NOT_PROVOKED),
    );
    expect(others).toEqual([]);
  });

  it('is refused by its own check where an answer is another one', () => {
    const problem = { type: 'about:blank', title: 'x', status: 400, detail: 'x', code: 'x', remedy: 'x' };
    const { Problem = {}, Gap = {} } = document.components.schemas;
    checkBody(document, Problem, problem);
    expect(() => checkBody(document, Problem, { ...problem, remedy: undefined })).toThrow();
    expect(() => checkBody(document, Gap, { gap: { reason: 'lag' } })).toThrow();
  });
});
