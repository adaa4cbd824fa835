import { type SessionsPage, STATS_CHANNEL } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Subscriber } from 'zeromq';
import { Bus } from '../../client/src/bus.ts';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import type { RunningServer } from '../../server/src/compose.ts';
import { openServer } from '../support/server.ts';
import { SECRET, secret } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const OWN = [{ prefix: '' }, { prefix: '$' }];

function tokenOf(subject: string, grants: Parameters<typeof sign>[1]['grants']): Promise<string> {
  const about = { subject, issuer: 'zerospan', audience: 'zerospan', nowMs: Date.now(), lifeMs: 60_000 };
  return sign(secret(SECRET), { ...about, grants });
}

describe('what operators see of a server', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await openServer({}, { secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } } });
  });
  afterAll(() => server.stop());

  it('is published once a second while somebody is subscribed to it, and never to ZeroMQ', async () => {
    const native = new Subscriber();
    native.connect(server.busAddress);
    native.subscribe();
    const heard: string[] = [];
    const listening = (async () => {
      for await (const [frame] of native) heard.push(String(frame));
    })();
    const bus = new Bus(server.ws, {
      token: () => tokenOf('ops', { subscribe: OWN, put: OWN, observe: true }),
    });
    const stats = bus.subscribe(STATS_CHANNEL);
    const first = await stats.get({ block: true });
    const second = await stats.get({ block: true });
    expect(first?.message).toMatchObject({ sessions: { live: 1, behind: 0 }, waiting: [] });
    expect((second?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThan(500);
    expect(second?.message).toMatchObject({ rates: { publicationsPerS: 0, deliveriesPerS: 0 } });
    await until('a native subscriber', async () => {
      await bus.put('room', 1);
      return heard.includes('room 1');
    });
    expect(heard.filter((frame) => frame.startsWith('$'))).toEqual([]);
    await bus.close();
    native.close();
    await listening;
  });

  it('is who is connected, and may be ended for good by an admin', async () => {
    const bus = new Bus(server.ws, { token: () => tokenOf('ada', { subscribe: OWN }), name: 'Ada' });
    bus.on('error', () => undefined);
    const room = bus.subscribe('room');
    await room.ready;
    const headers = { authorization: `Bearer ${await tokenOf('root', { admin: true })}` };
    const answer = await fetch(new URL('v1/sessions?search=ada', server.url), { headers });
    const { sessions } = (await answer.json()) as SessionsPage;
    expect(sessions).toMatchObject([{ subject: 'ada', name: 'Ada', transport: 'websocket', filters: 1 }]);
    const end = () =>
      fetch(new URL(`v1/sessions/${sessions[0]?.session}`, server.url), { method: 'DELETE', headers });
    expect((await end()).status).toBe(204);
    await until('its end', () => bus.state === 'closed');
    expect(bus.lastFailure?.code).toBe('revoked');
    expect((await end()).status).toBe(404);
    await bus.close({ timeoutMs: 0 });
  });
});
