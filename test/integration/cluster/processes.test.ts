import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ServerStatus } from '@zerospan/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { state, testBus } from '../../support/buses.ts';
import { endsWithUs, OWN_GROUP } from '../../support/children.ts';
import { tokenOf } from '../../support/cluster/tokens.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { PROGRAM } from '../../support/program.ts';
import { available } from '../../support/required.ts';
import { ANY_PORTS } from '../../support/terminal.ts';
import { SECRET } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';

const path = findNatsServer();

interface Served {
  readonly url: string;
  readonly ws: string;
  readonly child: ChildProcess;
}

describe.runIf(available('nats-server', path))('nodes that are processes of their own', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  const serve = async (): Promise<Served> => {
    const args = [PROGRAM, 'serve', '--json', '--log', 'jetstream', '--nats', nats.address];
    const env = { ...process.env, ...ANY_PORTS, ZEROSPAN_AUTH_SECRET: SECRET };
    const child = endsWithUs(
      spawn(process.execPath, args, { ...OWN_GROUP, env, stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url, ws } = JSON.parse(line) as Served;
    return { url, ws, child };
  };
  const ask = async ({ url }: Served, where: string, body?: string): Promise<Response> => {
    const headers = { authorization: `Bearer ${await tokenOf('root', true)}` };
    if (body === undefined) return fetch(`${url}${where}`, { headers });
    const sent = { ...headers, 'content-type': 'application/json' };
    return fetch(`${url}${where}`, { method: 'POST', headers: sent, body });
  };
  const nodesOf = async (served: Served): Promise<ServerStatus['nodes']> =>
    ((await (await ask(served, 'v1/status')).json()) as ServerStatus).nodes;
  const killed = async ({ child }: Served): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const codesOf = async ({ ws }: Served, subject: string): Promise<string[]> => {
    const bus = testBus(ws, { token: () => tokenOf(subject) });
    const codes: string[] = [];
    bus.on('error', ({ code }) => codes.push(code));
    await until('an answer', () => bus.state === 'live' || bus.state === 'closed');
    return codes;
  };

  it('know of each other, of one that was killed, and of what it had revoked', async () => {
    const [first, second] = [await serve(), await serve()];
    await until('each other', async () => {
      const all = [await nodesOf(first), await nodesOf(second)];
      return all.every(({ length }) => length === 2);
    });
    const alice = testBus(second.ws, { token: () => tokenOf('alice') });
    const codes: string[] = [];
    alice.on('error', ({ code }) => codes.push(code));
    await state(alice, 'live');
    await until('her session', async () => (await nodesOf(first))[1]?.sessions === 1);
    expect((await ask(first, 'admin/revocations', '{"subject":"alice"}')).status).toBe(204);
    await state(alice, 'closed');
    expect(codes).toEqual(['revoked']);
    await killed(first);
    await until('that it is away', async () => (await nodesOf(second))[1]?.isAway === true);
    expect(await codesOf(second, 'alice')).toEqual(['revoked']);
    await killed(second);
    const third = await serve();
    expect([await codesOf(third, 'alice'), await codesOf(third, 'bob')]).toEqual([['revoked'], []]);
    expect(await nodesOf(third)).toHaveLength(1);
    await killed(third);
  });
});
