import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../../server/src/auth/tokens/sign.ts';
import type { RunningServer } from '../../../server/src/compose.ts';
import { openServer } from '../../support/server.ts';
import { SECRET, secret } from '../../support/tokens.ts';

/** `keyed`: tokens are judged, and all come through a proxy. `local`: no keys. `exposed`: no keys, behind a proxy. */
type At = 'keyed' | 'local' | 'exposed';

const ROUTES = ['GET metrics', 'GET v1/status', 'POST admin/revocations', 'GET v1/history?all'] as const;

/** Who may what: the statuses of ROUTES, in this order. */
const TABLE: readonly (readonly [
  who: string,
  at: At,
  token: keyof typeof GRANTS | undefined,
  statuses: number[],
])[] = [
  ['no token', 'keyed', undefined, [401, 401, 401, 401]],
  ['a token to subscribe', 'keyed', 'subscriber', [403, 403, 403, 200]],
  ['a token with metrics', 'keyed', 'metrics', [200, 403, 403, 403]],
  ['a token with observe', 'keyed', 'observe', [403, 200, 403, 403]],
  ['the token of an admin', 'keyed', 'admin', [200, 200, 204, 403]],
  // Without keys there is nothing to revoke.
  ['this machine, without keys', 'local', undefined, [200, 200, 404, 200]],
  ['any other client, without keys', 'exposed', undefined, [403, 403, 404, 200]],
];

const ALL = [{ prefix: '' }];
const GRANTS = {
  subscriber: { subscribe: ALL, history: ALL },
  metrics: { metrics: true },
  observe: { observe: true },
  admin: { admin: true },
} as const;

async function bearer(token: keyof typeof GRANTS): Promise<string> {
  const about = {
    subject: token,
    issuer: 'zerospan',
    audience: 'zerospan',
    nowMs: Date.now(),
    lifeMs: 60_000,
  };
  return `Bearer ${await sign(secret(SECRET), { ...about, grants: structuredClone(GRANTS[token]) })}`;
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
          ...(token !== undefined && { authorization: await bearer(token) }),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        };
        const body = method === 'POST' ? '{"subject":"nobody"}' : null;
        const { status } = await fetch(new URL(path, servers[at].url), { method, headers, body });
        return status;
      }),
    );
    expect(Object.fromEntries(ROUTES.map((route, i) => [route, answered[i]]))).toEqual(
      Object.fromEntries(ROUTES.map((route, i) => [route, statuses[i]])),
    );
  });
});
