import { STATS_CHANNEL, type ZerospanError } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Bus } from '../../../client/src/bus.ts';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import type { RunningServer } from '../../../server/src/compose.ts';
import { openServer } from '../../support/server.ts';
import { SECRET, secret } from '../../support/tokens.ts';

/** `keyed`: tokens are judged, and all come through a proxy. `local`: no keys. `exposed`: no keys, behind a proxy. */
type At = 'keyed' | 'local' | 'exposed';

const ROUTES = [
  'GET metrics',
  'GET v1/status',
  'GET v1/settings',
  'GET v1/sessions',
  'GET v1/sessions/nobody',
  'GET v1/channels',
  'GET v1/channels/room',
  'GET v1/explain?offset=epoch_1&client=nobody',
  'DELETE v1/sessions/nobody',
  `GET v1/events?channel=${STATS_CHANNEL}`,
  'POST admin/revocations',
  'GET v1/history?all',
] as const;

/** Who may what: the statuses of ROUTES, in this order; and what becomes of a subscription to the statistics. */
const TABLE: readonly (readonly [
  who: string,
  at: At,
  token: keyof typeof GRANTS | undefined,
  statuses: number[],
  stats: string,
])[] = [
  [
    'no token',
    'keyed',
    undefined,
    [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401],
    'unauthorized',
  ],
  [
    'a token to subscribe',
    'keyed',
    'subscriber',
    [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200],
    'forbidden',
  ],
  [
    'a token to subscribe to one channel',
    'keyed',
    'one',
    [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403],
    'forbidden',
  ],
  [
    'a token with metrics',
    'keyed',
    'metrics',
    [200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403],
    'forbidden',
  ],
  [
    'a token with observe',
    'keyed',
    'observe',
    [403, 200, 200, 200, 404, 200, 200, 200, 403, 403, 403, 403],
    'forbidden',
  ],
  [
    'a token to subscribe to all of the server',
    'keyed',
    'own',
    [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403],
    'forbidden',
  ],
  [
    'the same with observe',
    'keyed',
    'stats',
    [403, 200, 200, 200, 404, 200, 200, 200, 403, 200, 403, 403],
    'subscribed',
  ],
  [
    'the token of an admin',
    'keyed',
    'admin',
    [200, 200, 200, 200, 404, 200, 200, 200, 404, 403, 204, 403],
    'forbidden',
  ],
  // Without keys there is nothing to revoke.
  [
    'this machine, without keys',
    'local',
    undefined,
    [200, 200, 200, 200, 404, 200, 200, 200, 403, 200, 404, 200],
    'subscribed',
  ],
  [
    'any other client, without keys',
    'exposed',
    undefined,
    [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 404, 200],
    'forbidden',
  ],
];

/** Who may ask for a receipt by name, and what it is answered, over HTTP and WebSocket alike. */
const NAMES: readonly (readonly [
  who: string,
  at: At,
  token: keyof typeof GRANTS | undefined,
  status: number,
  code: string,
])[] = [
  ['no token', 'keyed', undefined, 401, 'unauthorized'],
  ['a token with observe', 'keyed', 'observe', 403, 'forbidden'],
  ['the token of an admin', 'keyed', 'admin', 403, 'forbidden'],
  ['a token to put', 'keyed', 'putter', 403, 'forbidden'],
  ['a token for receipts', 'keyed', 'counts', 403, 'forbidden'],
  ['a token for receipts by name, of other channels', 'keyed', 'otherNames', 403, 'forbidden'],
  ['a token for receipts by name', 'keyed', 'names', 200, 'named'],
  ['this machine, without keys', 'local', undefined, 200, 'named'],
  ['any other client, without keys', 'exposed', undefined, 403, 'forbidden'],
];

const ALL = [{ prefix: '' }];
const ROOM = ['room'];
const OWN = [{ prefix: '$' }];
const OTHER = [{ prefix: 'other' }];
const GRANTS = {
  subscriber: { subscribe: ALL, history: ALL },
  one: { subscribe: ROOM },
  metrics: { metrics: true },
  observe: { observe: true },
  own: { subscribe: OWN },
  stats: { subscribe: OWN, observe: true },
  admin: { admin: true },
  putter: { put: ALL },
  counts: { put: ALL, confirm: true },
  names: { put: ALL, confirm: 'names' },
  otherNames: { put: OTHER, confirm: 'names' },
} as const;

function tokenOf(name: keyof typeof GRANTS): Promise<string> {
  const about = {
    subject: name,
    issuer: 'zerospan',
    audience: 'zerospan',
    nowMs: Date.now(),
    lifeMs: 60_000,
  };
  return sign(secret(SECRET), { ...about, grants: structuredClone(GRANTS[name]) });
}

describe('rights to what is for operators', () => {
  let servers: Record<At, RunningServer>;

  beforeAll(async () => {
    const behindProxy = ['127.0.0.0/8'];
    servers = {
      keyed: await openServer(
        { behindProxy, insecure: true },
        { secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } } },
      ),
      local: await openServer(),
      exposed: await openServer({ behindProxy, insecure: true }),
    };
  });
  afterAll(async () => {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  });

  it.each(TABLE)('hold for %s', async (_who, at, token, statuses) => {
    const answered = await Promise.all(
      ROUTES.map(async (route) => {
        const [method = '', path = ''] = route.split(' ');
        const headers = {
          ...(token !== undefined && { authorization: `Bearer ${await tokenOf(token)}` }),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        };
        const sent = method === 'POST' ? '{"subject":"nobody"}' : null;
        const { status, body } = await fetch(new URL(path, servers[at].url), { method, headers, body: sent });
        await body?.cancel();
        return status;
      }),
    );
    expect(Object.fromEntries(ROUTES.map((route, i) => [route, answered[i]]))).toEqual(
      Object.fromEntries(ROUTES.map((route, i) => [route, statuses[i]])),
    );
  });

  it.each(TABLE)('hold over WebSocket for %s', async (_who, at, token, _statuses, stats) => {
    const bus = new Bus(servers[at].ws, token === undefined ? {} : { token: () => tokenOf(token) });
    onTestFinished(() => bus.close({ timeoutMs: 0 }));
    bus.on('error', () => {});
    const outcome = bus.subscribe({ prefix: STATS_CHANNEL }).ready.then(
      () => 'subscribed',
      ({ code }: ZerospanError) => code,
    );
    expect(await outcome).toBe(stats);
  });

  it.each(NAMES)('to names of receipts hold for %s', async (_who, at, token, status, code) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${await tokenOf(token)}` };
    const url = new URL('v1/put?channel=room&confirmMs=1&who', servers[at].url);
    const answer = await fetch(url, { method: 'POST', headers, body: '1' });
    expect(answer.status).toBe(status);
    const { confirmed } = (await answer.json()) as { confirmed?: { sessions?: unknown } };
    expect(confirmed?.sessions !== undefined).toBe(status === 200);
    const bus = new Bus(servers[at].ws, token === undefined ? {} : { token: () => tokenOf(token) });
    onTestFinished(() => bus.close({ timeoutMs: 0 }));
    bus.on('error', () => {});
    const put = bus.put('room', 1, { confirm: { timeoutMs: 1, who: true } }).then(
      ({ channels }) => (channels[0]?.who ? 'named' : 'not named'),
      (error: ZerospanError) => error.code,
    );
    expect(await put).toBe(code);
  });
});
