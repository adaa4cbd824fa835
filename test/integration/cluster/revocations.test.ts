import type { SessionsPage } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../../../client/src/bus.ts';
import type { RunningServer } from '../../../server/src/compose.ts';
import { state, testBus } from '../../support/buses.ts';
import { busOver } from '../../support/cluster/servers.ts';
import { JUDGES, tokenOf } from '../../support/cluster/tokens.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { openServer, testServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

describe.runIf(available('nats-server', path))('access that ends on one node', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  const ask = async (
    { url }: RunningServer,
    method: string,
    where: string,
    body: string | null = null,
  ): Promise<Response> =>
    fetch(`${url}${where}`, {
      method,
      body,
      headers: {
        authorization: `Bearer ${await tokenOf('root', true)}`,
        ...(body !== null && { 'content-type': 'application/json' }),
      },
    });
  const clientOf = ({ ws }: RunningServer, subject: string): { bus: Bus; codes: string[] } => {
    const bus = testBus(ws, { token: () => tokenOf(subject) });
    const codes: string[] = [];
    bus.on('error', ({ code }) => codes.push(code));
    return { bus, codes };
  };
  const refused = async (server: RunningServer, subject: string): Promise<void> => {
    const { bus, codes } = clientOf(server, subject);
    await state(bus, 'closed');
    expect(codes).toEqual(['revoked']);
  };

  it('has ended on all of them, and stays so when all of them start again', async () => {
    const servers = [
      await openServer(busOver(nats, 'ends'), JUDGES),
      await openServer(busOver(nats, 'ends'), JUDGES),
    ] as const;
    const [alice, bob] = [clientOf(servers[1], 'alice'), clientOf(servers[1], 'bob')];
    await Promise.all([state(alice.bus, 'live'), state(bob.bus, 'live')]);
    expect((await ask(servers[0], 'POST', 'admin/revocations', '{"subject":"alice"}')).status).toBe(204);
    await state(alice.bus, 'closed');
    expect(alice.codes).toEqual(['revoked']);
    for (const server of servers) await refused(server, 'alice');
    expect(bob.bus.state).toBe('live');
    for (const server of servers) await server.stop();
    const after = await testServer(busOver(nats, 'ends'), JUDGES);
    await refused(after, 'alice');
    await state(clientOf(after, 'bob').bus, 'live');
  });

  it('may be a session of another one', async () => {
    const first = await testServer(busOver(nats, 'session'), JUDGES);
    const second = await testServer(busOver(nats, 'session'), JUDGES);
    const alice = clientOf(second, 'alice');
    await state(alice.bus, 'live');
    const { sessions } = (await (await ask(second, 'GET', 'v1/sessions')).json()) as SessionsPage;
    await until('the other node', async () => {
      const answer = await ask(first, 'DELETE', `v1/sessions/${sessions[0]?.session}`);
      return answer.status === 202;
    });
    await state(alice.bus, 'closed');
    expect(alice.codes).toEqual(['revoked']);
    expect((await ask(first, 'DELETE', 'v1/sessions/nobody')).status).toBe(404);
  });

  it('may end unheard: a node that cannot hear it for too long lets nobody stay by a token', async () => {
    const server = await testServer({ ...busOver(nats, 'blind'), auth: { blindMs: 5_000 } }, JUDGES);
    const alice = clientOf(server, 'alice');
    await state(alice.bus, 'live');
    nats.signal('SIGSTOP');
    try {
      // Before that it is `stale`: its log is away as well.
      await until('closed', () => !['live', 'stale'].includes(alice.bus.state));
      const ready = await fetch(`${server.url}health/ready`);
      expect([ready.status, await ready.json()]).toMatchObject([
        503,
        { waiting: expect.arrayContaining(['revocations']) },
      ]);
      expect((await ask(server, 'GET', 'v1/status')).status).toBe(503);
    } finally {
      nats.signal('SIGCONT');
    }
    await state(alice.bus, 'live');
    expect(alice.codes).not.toContain('revoked');
  });
});
