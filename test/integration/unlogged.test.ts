import { once } from 'node:events';
import fastify, { type FastifyServerOptions } from 'fastify';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Gate, zerospan } from '../../server/src/index.ts';
import { until } from '../support/until.ts';

let written = '';

beforeEach(() => {
  written = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  onTestFinished(() => spy.mockRestore());
});

/** An application with this answer to who connects. */
async function application(authenticate: Gate['admit'], options: FastifyServerOptions = {}) {
  const app = fastify({ forceCloseConnections: true, ...options });
  onTestFinished(() => app.close());
  await app.register(zerospan, { bus: { address: 'tcp://127.0.0.1:*', ingress: 'none' }, authenticate });
  return `${(await app.listen({ host: '127.0.0.1', port: 0 })).replace('http', 'ws')}/bus`;
}

/** Says hello and answers with the code by which the connection was closed. */
async function closedWith(url: string): Promise<number> {
  const socket = new WebSocket(url, 'zerospan.v1');
  socket.on('open', () =>
    socket.send(JSON.stringify({ hello: { protocol: 'zerospan.v1', client: 'some-client', token: 'x' } })),
  );
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

const failure = 'users database is away';
const gates: [string, Gate['admit']][] = [
  [
    'throws',
    () => {
      throw new Error(failure);
    },
  ],
  ['rejects', () => Promise.reject(new Error(failure))],
  // An application may throw anything.
  ['rejects with a text', () => Promise.reject(failure as unknown as Error)],
];

describe('an application without a logger, whose authenticate fails', () => {
  it.each(gates)('reads why on stderr, once and not for each client: it %s', async (_, gate) => {
    const url = await application(gate);
    for (let i = 0; i < 9; i++) expect(await closedWith(url)).toBe(4004);
    await until('the line', () => written.includes(failure));
    const lines = written.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      level: 50,
      msg: expect.stringContaining('authenticate'),
    });
  });

  it('reads nothing where its logger is silent', async () => {
    const url = await application(gates[1]?.[1] as Gate['admit'], { logger: { level: 'silent' } });
    expect(await closedWith(url)).toBe(4004);
    expect(written).toBe('');
  });
});

it('an application that misspells an option is refused, and one that hands on options of others is not', async () => {
  const start = async (options: object): Promise<void> => {
    const app = fastify();
    onTestFinished(() => app.close());
    await app.register(zerospan, { bus: { address: 'tcp://127.0.0.1:*', ingress: 'none' }, ...options });
  };
  await expect(start({ origin: ['http://localhost:5173'] })).rejects.toThrow('did you mean origins?');
  await expect(start({ limits: { conections: 1 } })).rejects.toThrow('did you mean limits.connections?');
  await start({ prefix: '/live', logLevel: 'warn', database: 'postgres://' });
});
