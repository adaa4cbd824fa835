import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../server/src/compose.ts';
import { testBus } from '../support/buses.ts';
import { openServer } from '../support/server.ts';

const OURS = 'https://app.example';
const FOREIGN = 'https://evil.example';

interface Answered {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
}

describe('a page of another origin', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await openServer({ origins: [OURS] });
  });
  afterAll(() => server.stop());

  /** `fetch` would not let a test name an origin. */
  function ask(method: string, path: string, headers: Record<string, string>, body = ''): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const asked = request(new URL(path, server.url), { method, headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, headers: response.headers });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  const preflight = (origin: string, path: string) =>
    ask('OPTIONS', path, {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,idempotency-key',
    });

  it.each(['v1/put', 'v1/puts', 'v1/events'])('that is listed may ask before: %s', async (path) => {
    const { status, headers } = await preflight(OURS, path);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': OURS,
      'access-control-allow-methods': 'GET, POST, DELETE',
      vary: 'Origin',
    });
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ');
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'idempotency-key', 'last-event-id']));
  });

  it.each([
    ['an answer', '"x"', 200],
    ['a problem', 'x', 400],
  ])('that is listed may read %s', async (_what, body, expected) => {
    const { status, headers } = await ask('POST', 'v1/put?channel=a', { Origin: OURS }, body);
    expect(status).toBe(expected);
    expect(headers).toMatchObject({
      'access-control-allow-origin': OURS,
      'access-control-expose-headers': 'Link, Zerospan-Position, Retry-After',
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'Origin',
    });
  });

  it.each([FOREIGN, 'null'])('that is not listed may neither ask nor put: %s', async (origin) => {
    const bus = testBus(server.ws);
    const before = (await bus.put('a', 1)).channels[0]?.offset ?? 0;
    for (const { status, headers } of [
      await preflight(origin, 'v1/put'),
      await ask('POST', 'v1/put?channel=a', { Origin: origin, 'Content-Type': 'text/plain' }, '"x"'),
    ]) {
      expect(status).toBe(403);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await bus.put('a', 1)).channels[0]?.offset).toBe(before + 1);
  });

  it('is not spoken of to a request that comes from no page', async () => {
    const { status, headers } = await ask('POST', 'v1/put?channel=a', {}, '"x"');
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers.vary).toBe('Origin');
  });
});
